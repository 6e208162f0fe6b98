#include "scheduler/model/cutover.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "xfer/base/err.h"

/* clang-format off */
static const struct {
	const char *name;
	enum cutover_action action;
	enum cutover_side serves;
	bool is_final, ended;
} states[CUTOVER_STATES] = {
	[CUTOVER_PLANNED]     = { "planned",     CUT_DO_NOTHING,          SIDE_SOURCE,      false, false },
	/* a freeze that was begun may have stopped anything already */
	[CUTOVER_FREEZING]    = { "freezing",    CUT_DO_FREEZE,           SIDE_NOBODY,      false, false },
	[CUTOVER_COPYING]     = { "copying",     CUT_DO_COPY,             SIDE_NOBODY,      false, false },
	[CUTOVER_SCANNING]    = { "scanning",    CUT_DO_SCAN,             SIDE_NOBODY,      false, false },
	[CUTOVER_VERIFYING]   = { "verifying",   CUT_DO_VERIFY,           SIDE_NOBODY,      false, false },
	[CUTOVER_SWITCHING]   = { "switching",   CUT_DO_SWITCH,           SIDE_NOBODY,      false, false },
	[CUTOVER_THAWING]     = { "thawing",     CUT_DO_THAW_DESTINATION, SIDE_NOBODY,      true,  false },
	[CUTOVER_GATHERING]   = { "gathering",   CUT_DO_GATHER,           SIDE_DESTINATION, true,  false },
	[CUTOVER_UNSWITCHING] = { "unswitching", CUT_DO_UNSWITCH,         SIDE_NOBODY,      false, false },
	[CUTOVER_RETHAWING]   = { "rethawing",   CUT_DO_THAW_SOURCE,      SIDE_NOBODY,      false, false },
	[CUTOVER_CLEARING]    = { "clearing",    CUT_DO_CLEAR,            SIDE_SOURCE,      false, false },
	[CUTOVER_DONE]        = { "done",        CUT_DO_NOTHING,          SIDE_DESTINATION, true,  true  },
	[CUTOVER_ROLLED_BACK] = { "rolled-back", CUT_DO_NOTHING,          SIDE_SOURCE,      false, true  },
	[CUTOVER_CANCELLED]   = { "cancelled",   CUT_DO_NOTHING,          SIDE_SOURCE,      false, true  },
};

/* The way there. Everything else that may happen in it leads to the state of the same line: the way back from there. */
static const struct {
	enum cutover_state at, next, back;
} way[] = {
	{ CUTOVER_FREEZING,  CUTOVER_COPYING,   CUTOVER_RETHAWING },
	{ CUTOVER_COPYING,   CUTOVER_SCANNING,  CUTOVER_RETHAWING },
	{ CUTOVER_SCANNING,  CUTOVER_VERIFYING, CUTOVER_RETHAWING },
	{ CUTOVER_VERIFYING, CUTOVER_SWITCHING, CUTOVER_RETHAWING },
	/* it may have succeeded in part, or without our knowing */
	{ CUTOVER_SWITCHING, CUTOVER_THAWING,   CUTOVER_UNSWITCHING },
};

/* What cannot be given up: it is done until it succeeds. */
static const struct {
	enum cutover_state at, next;
} must[] = {
	{ CUTOVER_THAWING,     CUTOVER_GATHERING },
	{ CUTOVER_GATHERING,   CUTOVER_DONE },
	{ CUTOVER_UNSWITCHING, CUTOVER_RETHAWING },
	{ CUTOVER_RETHAWING,   CUTOVER_CLEARING },
	{ CUTOVER_CLEARING,    CUTOVER_ROLLED_BACK },
};
/* clang-format on */

static struct cutover_move to(enum cutover_state s)
{
	return (struct cutover_move){ true, s, states[s].action };
}

static struct cutover_move refuse(enum cutover_state s)
{
	return (struct cutover_move){ false, s, CUT_DO_NOTHING };
}

static struct cutover_move from_planned(enum cutover_event on)
{
	if (on == CUT_START)
		return to(CUTOVER_FREEZING);
	if (on == CUT_CANCEL || on == CUT_GIVE_UP)
		return to(CUTOVER_CANCELLED);
	return on == CUT_MOVE ? to(CUTOVER_PLANNED) : refuse(CUTOVER_PLANNED);
}

static bool leads_back(enum cutover_state from, enum cutover_event on)
{
	return on == CUT_FAIL || on == CUT_OUT_OF_TIME || on == CUT_GIVE_UP ||
	       (on == CUT_LEAK && from == CUTOVER_SCANNING);
}

struct cutover_move cutover_next(enum cutover_state from, enum cutover_event on)
{
	if (from == CUTOVER_PLANNED)
		return from_planned(on);
	for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
		if (way[i].at != from)
			continue;
		if (on == CUT_OK)
			return to(way[i].next);
		if (on == CUT_UNTOUCHED && from == CUTOVER_SWITCHING)
			return to(CUTOVER_RETHAWING);
		return leads_back(from, on) ? to(way[i].back) : refuse(from);
	}
	for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
		if (must[i].at != from)
			continue;
		if (on == CUT_OK || on == CUT_BY_HAND)
			return to(must[i].next);
		/* nobody has written anything there yet, so the source has it all */
		if (on == CUT_LOST && from == CUTOVER_THAWING)
			return to(CUTOVER_UNSWITCHING);
		if (on == CUT_FAIL)
			return (struct cutover_move){ true, from, CUT_DO_CALL_SUPPORT };
		return on == CUT_RETRY ? to(from) : refuse(from);
	}
	return refuse(from);
}

enum cutover_action cutover_action(enum cutover_state s)
{
	return states[s].action;
}

enum cutover_side cutover_serves(enum cutover_state s)
{
	return states[s].serves;
}

bool cutover_ended(enum cutover_state s)
{
	return states[s].ended;
}

bool cutover_arrived(enum cutover_state s)
{
	return states[s].serves == SIDE_DESTINATION;
}

bool cutover_is_final(enum cutover_state s)
{
	return states[s].is_final;
}

bool cutover_is_outage(enum cutover_state s)
{
	return states[s].serves == SIDE_NOBODY;
}

const char *cutover_name(enum cutover_state s)
{
	CHECK(s < CUTOVER_STATES);
	return states[s].name;
}

int cutover_parse(enum cutover_state *out, const char *name)
{
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		if (!strcmp(states[s].name, name)) {
			*out = s;
			return 0;
		}
	return -EINVAL;
}
