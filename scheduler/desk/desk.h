/* desk.h - what client, support and the runner ask for: the model's rules applied to what the store knows, each within one
 * transaction, with what follows from it (the last account that arrives ends a step of its campaign).
 *
 * Nothing is carried out here: a state says what is to be done, and whoever does it comes back with how it went. So whatever is
 * killed meanwhile, the store says what to do again.
 *
 * Errors: -EPERM the model refuses, and the text says why; -ENOSPC no slot holds the window; and the store's. One thread at a time. */
#pragma once
#include "scheduler/model/window.h"
#include "scheduler/site/site.h"
#include "scheduler/store/store.h"

/* Borrowed. */
struct desk {
	struct store *store;
	const struct site *site;
	struct store_actor actor; /* who asks, and the time by the clock of the caller */
};

/* Whom it is about. */
struct desk_account {
	const char *campaign, *account;
};

int desk_add_campaign(struct desk *d, struct store_campaign *c, struct err *err);
/* While it can still be made ready: in preparation, and until the reinstallation is asked for. */
int desk_add_account(struct desk *d, const char *campaign, struct store_account *a, struct err *err);
int desk_add_transit(struct desk *d, struct store_transit *t, struct err *err);

/* One of the campaign's events that a person or its work causes. What follows from the accounts is not to be asked for: -EPERM. */
int desk_campaign(struct desk *d, const char *name, enum campaign_event on, struct err *err);
/* Ready, unready, confirm, unconfirm, remove. */
int desk_account(struct desk *d, const struct desk_account *who, enum account_event on, struct err *err);
/* How its files went ahead last, or how large its databases are. */
int desk_measured(struct desk *d, const struct desk_account *who, const struct store_account *news,
		  struct err *err);
/* Gives free transit servers to those who wait for them. *given: how many. */
int desk_assign(struct desk *d, size_t *given, struct err *err);
/* Where a campaign stands in line. -ENOENT: it does not wait. */
struct pool_place;
int desk_place(struct desk *d, const char *campaign, struct pool_place *out, struct err *err);

/* Cutovers. */

struct desk_wish {
	bool in_other_direction; /* back to where its last cutover came from */
	bool next;		 /* in the next slot from `at` on; else at `at` or not at all */
	int64_t at;		 /* not in the past */
};

/* How long it will be down; planned or not. -EPERM: its databases were not measured yet. */
int desk_estimate(struct desk *d, const struct desk_account *who, bool in_other_direction, struct window *out,
		  struct err *err);
/* Plans it; *planned is what is promised. */
int desk_request(struct desk *d, const struct desk_account *who, const struct desk_wish *wish,
		 struct store_cutover *planned, struct err *err);
/* Another time for one that has not started. */
int desk_move(struct desk *d, const struct desk_account *who, const struct desk_wish *wish,
	      struct store_cutover *planned, struct err *err);
/* What happens within a cutover: CUT_START, CUT_OK, ..., CUT_CANCEL. cause: of a way back, or NULL. *now is its new state. */
int desk_cutover(struct desk *d, const struct desk_account *who, enum cutover_event on, const char *cause,
		 struct store_cutover *now, struct err *err);
/* Support alone: so many seconds more. */
int desk_extend(struct desk *d, const struct desk_account *who, int64_t seconds, struct store_cutover *now,
		struct err *err);
