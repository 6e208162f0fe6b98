/* desk_inner.h - what the desk's parts share. */
#pragma once
#include "scheduler/desk/desk.h"

/* An account, its campaign, and its cutover where it has one. */
struct desk_case {
	struct store_campaign campaign;
	struct store_account account;
	struct store_cutover cutover;
};

/* Begins a transaction, and finds both. Failed: there is none. */
int desk_open(struct desk *d, const struct desk_account *who, struct desk_case *out, struct err *err);
/* Ends it: commits where status is 0, and takes it back else. Returns what became of it. */
int desk_close(struct desk *d, int status, struct err *err);
/* The account has moved, or is about to: brings the campaign's step up to it. Within the transaction. */
int desk_follow(struct desk *d, struct store_campaign *c, struct err *err);
/* Puts the account into its next state. -EPERM. Within the transaction. */
int desk_step_account(struct desk *d, struct desk_case *k, enum account_event on, struct err *err);
int desk_count(struct desk *d, const struct store_campaign *c, struct campaign_facts *out, struct err *err);
/* Names of the servers that a cutover in this state of its account goes between. */
int desk_servers(struct desk *d, const struct desk_case *k, enum account_state moving,
		 struct store_cutover *out, struct err *err);
/* When k's cutover starts, and what is promised, into c; k is in the state of one. -EPERM, -ENOSPC, -EINVAL. Within the transaction. */
int desk_schedule(struct desk *d, const struct desk_case *k, const struct desk_wish *wish,
		  struct store_cutover *c, struct err *err);
/* How long k's cutover would take by now. */
int desk_weigh(struct desk *d, const struct desk_case *k, struct window *out, struct err *err);
/* May k's cutover start now, with the window that was promised? The codes of desk_schedule. */
int desk_fits(struct desk *d, const struct desk_case *k, struct err *err);
