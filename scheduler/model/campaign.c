#include "scheduler/model/campaign.h"

#include <errno.h>
#include <string.h>

#include "xfer/base/err.h"

enum gate { OPEN, ALL_READY, ALL_AWAY, ALL_CONFIRMED, ALL_HOME, NONE_MOVED, SOME_STAY, SOME_GONE };

/* clang-format off */
static const struct {
	const char *name;
	unsigned step;
	enum campaign_work work;
} states[CAMPAIGN_STATES] = {
	[CAMPAIGN_PREPARING]    = { "preparing",    1, CAMP_DO_NOTHING },
	[CAMPAIGN_REQUESTED]    = { "requested",    2, CAMP_DO_REMOVE_LANGUAGES },
	[CAMPAIGN_CHECKING]     = { "checking",     2, CAMP_DO_NOTHING },
	[CAMPAIGN_RESTORING]    = { "restoring",    2, CAMP_DO_RESTORE_LANGUAGES },
	[CAMPAIGN_WAITING]      = { "waiting",      3, CAMP_DO_NOTHING },
	[CAMPAIGN_INSTALLING]   = { "installing",   3, CAMP_DO_INSTALL },
	[CAMPAIGN_AHEAD]        = { "ahead",        3, CAMP_DO_PRECOPY },
	[CAMPAIGN_OUT]          = { "out",          4, CAMP_DO_NOTHING },
	[CAMPAIGN_VERIFYING]    = { "verifying",    5, CAMP_DO_NOTHING },
	[CAMPAIGN_INVENTORY]    = { "inventory",    6, CAMP_DO_INVENTORY },
	[CAMPAIGN_REROUTING]    = { "rerouting",    6, CAMP_DO_REROUTE },
	[CAMPAIGN_REROUTED]     = { "rerouted",     6, CAMP_DO_NOTHING },
	[CAMPAIGN_UNROUTING]    = { "unrouting",    6, CAMP_DO_UNROUTE },
	[CAMPAIGN_LOOKING]      = { "looking",      6, CAMP_DO_INVENTORY },
	[CAMPAIGN_REINSTALLING] = { "reinstalling", 6, CAMP_DO_REINSTALL },
	[CAMPAIGN_BEHIND]       = { "behind",       6, CAMP_DO_PRECOPY_BACK },
	[CAMPAIGN_BACK]         = { "back",         7, CAMP_DO_NOTHING },
	[CAMPAIGN_ROUTING]      = { "routing",      7, CAMP_DO_UNROUTE },
	[CAMPAIGN_HELD]         = { "held",         8, CAMP_DO_NOTHING },
	[CAMPAIGN_SWEEPING]     = { "sweeping",     8, CAMP_DO_SWEEP },
	[CAMPAIGN_RELEASING]    = { "releasing",    8, CAMP_DO_RELEASE },
	[CAMPAIGN_DROPPING]     = { "dropping",     3, CAMP_DO_RELEASE },
	[CAMPAIGN_DONE]         = { "done",         8, CAMP_DO_NOTHING },
	[CAMPAIGN_CANCELLED]    = { "cancelled",    0, CAMP_DO_NOTHING },
};

static const struct edge {
	enum campaign_state from;
	enum campaign_event on;
	enum campaign_state to;
	enum gate gate;
} edges[] = {
	{ CAMPAIGN_PREPARING,    CAMP_REQUEST,       CAMPAIGN_REQUESTED,    ALL_READY },
	{ CAMPAIGN_PREPARING,    CAMP_CANCEL,        CAMPAIGN_CANCELLED,    OPEN },
	{ CAMPAIGN_REQUESTED,    CAMP_OK,            CAMPAIGN_CHECKING,     OPEN },
	{ CAMPAIGN_REQUESTED,    CAMP_WITHDRAW,      CAMPAIGN_RESTORING,    OPEN },
	{ CAMPAIGN_CHECKING,     CAMP_WITHDRAW,      CAMPAIGN_RESTORING,    OPEN },
	{ CAMPAIGN_CHECKING,     CAMP_ASK_TRANSIT,   CAMPAIGN_WAITING,      ALL_READY },
	{ CAMPAIGN_RESTORING,    CAMP_OK,            CAMPAIGN_PREPARING,    OPEN },
	{ CAMPAIGN_WAITING,      CAMP_ASSIGNED,      CAMPAIGN_INSTALLING,   ALL_READY },
	{ CAMPAIGN_WAITING,      CAMP_WITHDRAW,      CAMPAIGN_RESTORING,    OPEN },
	{ CAMPAIGN_INSTALLING,   CAMP_OK,            CAMPAIGN_AHEAD,        OPEN },
	{ CAMPAIGN_INSTALLING,   CAMP_WITHDRAW,      CAMPAIGN_DROPPING,     OPEN },
	{ CAMPAIGN_AHEAD,        CAMP_OK,            CAMPAIGN_OUT,          OPEN },
	{ CAMPAIGN_AHEAD,        CAMP_WITHDRAW,      CAMPAIGN_DROPPING,     OPEN },
	{ CAMPAIGN_OUT,          CAMP_ALL_AWAY,      CAMPAIGN_VERIFYING,    ALL_AWAY },
	{ CAMPAIGN_OUT,          CAMP_WITHDRAW,      CAMPAIGN_DROPPING,     NONE_MOVED },
	{ CAMPAIGN_DROPPING,     CAMP_OK,            CAMPAIGN_RESTORING,    OPEN },
	{ CAMPAIGN_VERIFYING,    CAMP_ONE_BACK,      CAMPAIGN_OUT,          SOME_STAY },
	{ CAMPAIGN_VERIFYING,    CAMP_ASK_REINSTALL, CAMPAIGN_INVENTORY,    ALL_CONFIRMED },
	{ CAMPAIGN_INVENTORY,    CAMP_OK,            CAMPAIGN_REROUTING,    ALL_CONFIRMED },
	{ CAMPAIGN_INVENTORY,    CAMP_DIRTY,         CAMPAIGN_VERIFYING,    OPEN },
	{ CAMPAIGN_INVENTORY,    CAMP_WITHDRAW,      CAMPAIGN_VERIFYING,    OPEN },
	{ CAMPAIGN_REROUTING,    CAMP_OK,            CAMPAIGN_REROUTED,     OPEN },
	{ CAMPAIGN_REROUTING,    CAMP_WITHDRAW,      CAMPAIGN_UNROUTING,    OPEN },
	{ CAMPAIGN_REROUTED,     CAMP_REINSTALL,     CAMPAIGN_LOOKING,      ALL_CONFIRMED },
	{ CAMPAIGN_REROUTED,     CAMP_WITHDRAW,      CAMPAIGN_UNROUTING,    OPEN },
	{ CAMPAIGN_LOOKING,      CAMP_OK,            CAMPAIGN_REINSTALLING, ALL_CONFIRMED },
	{ CAMPAIGN_LOOKING,      CAMP_DIRTY,         CAMPAIGN_UNROUTING,    OPEN },
	{ CAMPAIGN_LOOKING,      CAMP_WITHDRAW,      CAMPAIGN_UNROUTING,    OPEN },
	{ CAMPAIGN_UNROUTING,    CAMP_OK,            CAMPAIGN_VERIFYING,    OPEN },
	{ CAMPAIGN_REINSTALLING, CAMP_OK,            CAMPAIGN_BEHIND,       OPEN },
	{ CAMPAIGN_BEHIND,       CAMP_OK,            CAMPAIGN_BACK,         OPEN },
	{ CAMPAIGN_BACK,         CAMP_ALL_HOME,      CAMPAIGN_ROUTING,      ALL_HOME },
	{ CAMPAIGN_ROUTING,      CAMP_OK,            CAMPAIGN_HELD,         OPEN },
	{ CAMPAIGN_HELD,         CAMP_ONE_AWAY,      CAMPAIGN_BACK,         SOME_GONE },
	{ CAMPAIGN_HELD,         CAMP_RELEASE,       CAMPAIGN_SWEEPING,     ALL_HOME },
	{ CAMPAIGN_SWEEPING,     CAMP_OK,            CAMPAIGN_RELEASING,    ALL_HOME },
	{ CAMPAIGN_SWEEPING,     CAMP_DIRTY,         CAMPAIGN_HELD,         OPEN },
	{ CAMPAIGN_SWEEPING,     CAMP_WITHDRAW,      CAMPAIGN_HELD,         OPEN },
	{ CAMPAIGN_RELEASING,    CAMP_OK,            CAMPAIGN_DONE,         OPEN },
};
/* clang-format on */

/* NULL: it is open. */
static const char *closed(enum gate gate, const struct campaign_facts *f)
{
	switch (gate) {
	case ALL_READY:
		return f->accounts && f->ready == f->accounts ? NULL : "not all accounts are ready";
	case ALL_AWAY:
		return f->accounts && f->away == f->accounts ? NULL : "not all accounts have been migrated";
	case ALL_CONFIRMED:
		return f->accounts && f->confirmed == f->accounts
			       ? NULL
			       : "not all accounts are migrated and confirmed, with no cutover planned";
	case ALL_HOME:
		return f->home == f->accounts ? NULL : "not all accounts are back";
	case NONE_MOVED:
		return !f->away && !f->home && !f->cutovers
			       ? NULL
			       : "an account has moved, or is about to: that has to be undone first";
	case SOME_STAY:
		return f->away < f->accounts || !f->accounts ? NULL
							     : "all accounts are at the transit server";
	case SOME_GONE:
		return f->home < f->accounts ? NULL : "all accounts are back";
	case OPEN:
		break;
	}
	return NULL;
}

static struct campaign_move refuse(enum campaign_state s, const char *why)
{
	return (struct campaign_move){ .to = s, .refused = why };
}

struct campaign_move campaign_next(enum campaign_state from, enum campaign_event on,
				   const struct campaign_facts *facts)
{
	/* a hook's failure moves nothing */
	if (states[from].work != CAMP_DO_NOTHING && on == CAMP_FAIL)
		return (struct campaign_move){ .allowed = true, .to = from, .call_support = true };
	bool by_hand = on == CAMP_BY_HAND && states[from].work != CAMP_DO_INVENTORY &&
		       states[from].work != CAMP_DO_SWEEP;
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		const struct edge *e = &edges[i];
		if (e->from != from || e->on != (by_hand ? CAMP_OK : on))
			continue;
		const char *why = closed(e->gate, facts);
		return why ? refuse(from, why) : (struct campaign_move){ .allowed = true, .to = e->to };
	}
	return refuse(from, "this is not possible in the campaign's present step");
}

enum campaign_work campaign_work(enum campaign_state s)
{
	return states[s].work;
}

unsigned campaign_step(enum campaign_state s)
{
	return states[s].step;
}

bool campaign_ended(enum campaign_state s)
{
	return s == CAMPAIGN_DONE || s == CAMPAIGN_CANCELLED;
}

const char *campaign_name(enum campaign_state s)
{
	CHECK(s < CAMPAIGN_STATES);
	return states[s].name;
}

int campaign_parse(enum campaign_state *out, const char *name)
{
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++)
		if (!strcmp(states[s].name, name)) {
			*out = s;
			return 0;
		}
	return -EINVAL;
}
