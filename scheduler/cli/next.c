#include "scheduler/cli/next.h"

static const char client[] = "client", support[] = "support";

/* clang-format off */
static const struct {
	enum campaign_event on;
	struct next next;
} of_campaign[] = {
	{ CAMP_REQUEST,       { "campaign request",      client } },
	{ CAMP_WITHDRAW,      { "campaign withdraw",     client } },
	{ CAMP_ASK_TRANSIT,   { "campaign transit",      support } },
	{ CAMP_ASK_REINSTALL, { "campaign reinstall",    client } },
	{ CAMP_REINSTALL,     { "campaign go",           support } },
	{ CAMP_RELEASE,       { "campaign release",      support } },
	{ CAMP_CANCEL,        { "campaign cancel",       client } },
	{ CAMP_BY_HAND,       { "campaign done-by-hand", support } },
};

/* Home, support brings them. */
static const struct {
	enum account_event on;
	struct next next;
} of_account[] = {
	{ ACC_READY,     { "account ready",          client } },
	{ ACC_UNREADY,   { "account unready",        client } },
	{ ACC_PLAN,      { "account request",        client } },
	{ ACC_PLAN_BACK, { "account request --back", client } },
	{ ACC_CONFIRM,   { "account confirm",        client } },
	{ ACC_UNCONFIRM, { "account unconfirm",      client } },
	{ ACC_REMOVE,    { "account remove",         support } },
};

static const struct {
	enum cutover_event on;
	struct next next;
} of_cutover[] = {
	{ CUT_MOVE,    { "account move",     client } },
	{ CUT_CANCEL,  { "account cancel",   client } },
	{ CUT_GIVE_UP, { "account rollback", client } },
	{ CUT_RETRY,   { "account retry",    support } },
	{ CUT_BY_HAND, { "account by-hand",  support } },
	{ CUT_LOST,    { "account lost",     support } },
};
/* clang-format on */

size_t next_campaign(struct next out[static NEXT_MOST], enum campaign_state s,
		     const struct campaign_facts *facts)
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof of_campaign / sizeof *of_campaign; i++)
		if (campaign_next(s, of_campaign[i].on, facts).allowed)
			out[n++] = of_campaign[i].next;
	return n;
}

size_t next_account(struct next out[static NEXT_MOST], enum account_state s, enum campaign_state during)
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof of_account / sizeof *of_account; i++) {
		struct account_move m = account_next(s, of_account[i].on, during);
		if (!m.allowed)
			continue;
		out[n] = of_account[i].next;
		/* the way home is support's; and what never left may be removed by its client */
		if (m.to == ACCOUNT_HOMING || m.to == ACCOUNT_REVOKING)
			out[n].who = support;
		if (m.to == ACCOUNT_REMOVED && account_place(s) == PLACE_SERVER)
			out[n].who = client;
		n++;
	}
	return n;
}

size_t next_cutover(struct next out[static NEXT_MOST], enum cutover_state s)
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof of_cutover / sizeof *of_cutover; i++)
		if (cutover_next(s, of_cutover[i].on).allowed)
			out[n++] = of_cutover[i].next;
	return n;
}
