/* account.h - where an account is on its way out and back, as far as client and support see it; what happens within a cutover
 * is cutover.h's.
 *
 *   preparing ⇄ ready → leaving → away ⇄ confirmed → homing → home
 *                 ↑                 └──── returning ────┘       │ revoking: back to the transit server
 *                 └─────────────────────────┘
 *
 * The campaign's step limits what may happen (campaign.h). Pure: no clock, no store, cannot fail. Any thread. */
#pragma once
#include "scheduler/model/campaign.h"
#include "scheduler/model/cutover.h"

enum account_state {
	ACCOUNT_PREPARING, /* at the client's server; the client makes it fit for the new infrastructure */
	ACCOUNT_READY,
	ACCOUNT_LEAVING,   /* a cutover to the transit server is planned or under way */
	ACCOUNT_AWAY,	   /* at the transit server; the client has not said yet that it works */
	ACCOUNT_CONFIRMED, /* he has */
	ACCOUNT_RETURNING, /* a cutover to the client's server as it was, before that is reinstalled */
	ACCOUNT_HOMING,	   /* a cutover to the reinstalled server */
	ACCOUNT_HOME,
	ACCOUNT_REVOKING, /* a cutover from the reinstalled server to the transit server */
	ACCOUNT_REMOVED, /* none of the campaign's any more; what is left of it somewhere an inventory finds */
	ACCOUNT_STATES
};

enum account_event {
	ACC_READY,
	ACC_UNREADY,
	ACC_PLAN,      /* client: to the transit server; support: home */
	ACC_PLAN_BACK, /* in the other direction: where the last cutover came from */
	ACC_CONFIRM,
	ACC_UNCONFIRM,
	ACC_REMOVE,  /* where it is not just moving; support alone, once it has moved */
	ACC_ARRIVED, /* its cutover has (cutover_arrived) */
	ACC_STAYED,  /* that was cancelled or rolled back */
	ACCOUNT_EVENTS
};

enum account_place { PLACE_SERVER, PLACE_TRANSIT, PLACE_HOME };

struct account_move {
	bool allowed;
	enum account_state to;
	const char *refused; /* why not: a sentence's end for the caller; NULL where allowed */
};

/* A return that does not happen leaves the account away, to be confirmed anew. */
struct account_move account_next(enum account_state from, enum account_event on, enum campaign_state during);
/* Where it is at home now: outside of a cutover the place that serves it, within one the place that the cutover starts from. */
enum account_place account_place(enum account_state s);
/* Where its cutover leads to. The state must be one of a cutover. */
enum account_place account_destination(enum account_state s);
bool account_in_cutover(enum account_state s);
/* Counts it, unless it was removed. */
void account_count(struct campaign_facts *f, enum account_state s);

const char *account_name(enum account_state s);
int account_parse(enum account_state *out, const char *name);
