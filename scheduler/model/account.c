#include "scheduler/model/account.h"

#include <errno.h>
#include <string.h>

#include "xfer/base/err.h"

#define DURING(s) (1u << CAMPAIGN_##s)

/* While a transit server is got, nothing changes about who is ready. What is found later may still be added, and made ready. */
enum {
	PREPARATION = DURING(PREPARING) | DURING(CHECKING) | DURING(OUT) | DURING(VERIFYING),
	OUTWARD = DURING(OUT) | DURING(VERIFYING), /* the server as it was is still there, and reached */
	HOMEWARD = DURING(BACK) | DURING(HELD),
	ALWAYS = ~0u >> 1,
};

/* clang-format off */
static const struct {
	const char *name;
	enum account_place place, destination;
	bool in_cutover;
} states[ACCOUNT_STATES] = {
	[ACCOUNT_PREPARING] = { "preparing", PLACE_SERVER,  PLACE_SERVER,  false },
	[ACCOUNT_READY]     = { "ready",     PLACE_SERVER,  PLACE_SERVER,  false },
	[ACCOUNT_LEAVING]   = { "leaving",   PLACE_SERVER,  PLACE_TRANSIT, true  },
	[ACCOUNT_AWAY]      = { "away",      PLACE_TRANSIT, PLACE_TRANSIT, false },
	[ACCOUNT_CONFIRMED] = { "confirmed", PLACE_TRANSIT, PLACE_TRANSIT, false },
	[ACCOUNT_RETURNING] = { "returning", PLACE_TRANSIT, PLACE_SERVER,  true  },
	[ACCOUNT_HOMING]    = { "homing",    PLACE_TRANSIT, PLACE_HOME,    true  },
	[ACCOUNT_HOME]      = { "home",      PLACE_HOME,    PLACE_HOME,    false },
	[ACCOUNT_REVOKING]  = { "revoking",  PLACE_HOME,    PLACE_TRANSIT, true  },
	[ACCOUNT_REMOVED]   = { "removed",   PLACE_SERVER,  PLACE_SERVER,  false },
};

static const struct {
	enum account_state from;
	enum account_event on;
	enum account_state to;
	unsigned during; /* of the campaign's states */
} edges[] = {
	{ ACCOUNT_PREPARING, ACC_READY,     ACCOUNT_READY,     PREPARATION },
	{ ACCOUNT_READY,     ACC_UNREADY,   ACCOUNT_PREPARING, PREPARATION },
	{ ACCOUNT_PREPARING, ACC_REMOVE,    ACCOUNT_REMOVED,   PREPARATION },
	{ ACCOUNT_READY,     ACC_REMOVE,    ACCOUNT_REMOVED,   PREPARATION },
	{ ACCOUNT_AWAY,      ACC_REMOVE,    ACCOUNT_REMOVED,   OUTWARD | HOMEWARD },
	{ ACCOUNT_CONFIRMED, ACC_REMOVE,    ACCOUNT_REMOVED,   OUTWARD | HOMEWARD },
	{ ACCOUNT_HOME,      ACC_REMOVE,    ACCOUNT_REMOVED,   HOMEWARD },
	{ ACCOUNT_READY,     ACC_PLAN,      ACCOUNT_LEAVING,   DURING(OUT) },
	{ ACCOUNT_LEAVING,   ACC_ARRIVED,   ACCOUNT_AWAY,      ALWAYS },
	{ ACCOUNT_LEAVING,   ACC_STAYED,    ACCOUNT_READY,     ALWAYS },
	{ ACCOUNT_AWAY,      ACC_CONFIRM,   ACCOUNT_CONFIRMED, OUTWARD },
	{ ACCOUNT_AWAY,      ACC_PLAN_BACK, ACCOUNT_RETURNING, OUTWARD },
	{ ACCOUNT_CONFIRMED, ACC_UNCONFIRM, ACCOUNT_AWAY,      OUTWARD },
	{ ACCOUNT_CONFIRMED, ACC_PLAN_BACK, ACCOUNT_RETURNING, OUTWARD },
	{ ACCOUNT_RETURNING, ACC_ARRIVED,   ACCOUNT_READY,     ALWAYS },
	{ ACCOUNT_RETURNING, ACC_STAYED,    ACCOUNT_AWAY,      ALWAYS },
	{ ACCOUNT_CONFIRMED, ACC_PLAN,      ACCOUNT_HOMING,    DURING(BACK) },
	{ ACCOUNT_HOMING,    ACC_ARRIVED,   ACCOUNT_HOME,      ALWAYS },
	{ ACCOUNT_HOMING,    ACC_STAYED,    ACCOUNT_CONFIRMED, ALWAYS },
	{ ACCOUNT_HOME,      ACC_PLAN_BACK, ACCOUNT_REVOKING,  HOMEWARD },
	{ ACCOUNT_REVOKING,  ACC_ARRIVED,   ACCOUNT_CONFIRMED, ALWAYS },
	{ ACCOUNT_REVOKING,  ACC_STAYED,    ACCOUNT_HOME,      ALWAYS },
};
/* clang-format on */

struct account_move account_next(enum account_state from, enum account_event on, enum campaign_state during)
{
	struct account_move refused = { .to = from,
					.refused = "this is not possible in the account's present state" };
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		if (edges[i].from != from || edges[i].on != on)
			continue;
		if (edges[i].during >> during & 1)
			return (struct account_move){ .allowed = true, .to = edges[i].to };
		refused.refused = "this is not possible in the campaign's present step";
	}
	return refused;
}

enum account_place account_place(enum account_state s)
{
	return states[s].place;
}

enum account_place account_destination(enum account_state s)
{
	CHECK(states[s].in_cutover);
	return states[s].destination;
}

bool account_in_cutover(enum account_state s)
{
	return states[s].in_cutover;
}

void account_count(struct campaign_facts *f, enum account_state s)
{
	if (s == ACCOUNT_REMOVED)
		return;
	f->accounts++;
	f->ready += s != ACCOUNT_PREPARING;
	f->away += s == ACCOUNT_AWAY || s == ACCOUNT_CONFIRMED;
	f->confirmed += s == ACCOUNT_CONFIRMED;
	f->home += s == ACCOUNT_HOME;
	f->cutovers += states[s].in_cutover;
}

const char *account_name(enum account_state s)
{
	CHECK(s < ACCOUNT_STATES);
	return states[s].name;
}

int account_parse(enum account_state *out, const char *name)
{
	for (unsigned s = 0; s < ACCOUNT_STATES; s++)
		if (!strcmp(states[s].name, name)) {
			*out = s;
			return 0;
		}
	return -EINVAL;
}
