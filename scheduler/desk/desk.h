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

int desk_add_server(struct desk *d, struct store_server *v, struct err *err);
/* Over the one of this name. */
int desk_set_server(struct desk *d, const struct store_server *v, struct err *err);
/* What a server is, as a word that campaigns and transit servers are matched by. */
void desk_configuration(char out[static STORE_NAME], const struct store_server *v);
/* Of a server that is known. A configuration that is empty becomes the server's own. */
int desk_add_campaign(struct desk *d, struct store_campaign *c, struct err *err);
/* While it can still be made ready: in preparation, and until the reinstallation is asked for. */
int desk_add_account(struct desk *d, const char *campaign, struct store_account *a, struct err *err);
/* A part of an account; see struct store_item. Borrowed. */
struct desk_part {
	const char *kind, *value;
};
/* With what it consists of, all of it or nothing. */
int desk_add_whole_account(struct desk *d, const char *campaign, struct store_account *a,
			   const struct desk_part *parts, size_t count, struct err *err);
/* What it consists of; drop: no more. All of these or none. While it is at home somewhere: not within a cutover. */
struct desk_claim {
	const struct desk_part *parts;
	size_t count;
	bool drop;
};
int desk_claim(struct desk *d, const struct desk_account *who, const struct desk_claim *claim,
	       struct err *err);
/* One part. */
int desk_item(struct desk *d, const struct desk_account *who, const char *kind, const char *value, bool drop,
	      struct err *err);
/* A server that is known; its configuration as a campaign's. */
int desk_add_transit(struct desk *d, struct store_transit *t, struct err *err);
/* The day on which this transit server is expected to be free, in days since 1970; -1: nobody knows. */
int desk_expect(struct desk *d, const char *transit, int64_t day, struct err *err);

/* One of the campaign's events that a person or its work causes. What follows from the accounts is not to be asked for: -EPERM.
 * cause: of a failure; NULL. */
int desk_campaign(struct desk *d, const char *name, enum campaign_event on, const char *cause,
		  struct err *err);
/* Ready, unready, confirm, unconfirm, remove. */
int desk_account(struct desk *d, const struct desk_account *who, enum account_event on, struct err *err);
/* How its files went ahead last, and how large its databases are: those members of *news. */
int desk_measured(struct desk *d, const struct desk_account *who, const struct store_account *news,
		  struct err *err);
/* Gives free transit servers to those who wait for them. *given: how many. */
int desk_assign(struct desk *d, size_t *given, struct err *err);
/* Support copies by hand, outside of any cutover. Borrowed. */
struct desk_resync {
	const char *parts; /* what: "files mail" */
	const char *to;	   /* onto this one of its two servers */
	bool databases;	   /* they are among the parts */
	bool force;	   /* though it is served there */
	bool go;	   /* else nothing is changed: a dry run */
};
/* May it be? -EPERM: within a cutover; onto the side that serves it, without force; to go without a dry run of the same within
 * DESK_TRIED seconds. go: from now on it may have copied something, which is stored. *live: it is served there. */
enum { DESK_TRIED = 3600 };
int desk_resync(struct desk *d, const struct desk_account *who, const struct desk_resync *wish, bool *live,
		struct err *err);
/* How it went, for the record: a dry run that was seen to its end is one. cause: why it failed; NULL. */
int desk_resynced(struct desk *d, const struct desk_account *who, const struct desk_resync *wish,
		  const char *cause, struct err *err);
/* A rehearsal of its databases onto a server that nobody is served from: may it be? -EPERM. *test: that server. */
int desk_rehearse(struct desk *d, const struct desk_account *who, const char *server,
		  struct store_server *test, struct err *err);
/* What it measured, for estimates until a cutover has measured it. detail: for the record. */
struct desk_sample;
int desk_rehearsed(struct desk *d, const struct desk_account *who, const char *server,
		   const struct desk_sample *samples, size_t count, const char *detail, struct err *err);
/* That so many free days are left was said. */
int desk_billed(struct desk *d, const struct store_use *use, int64_t days_left, struct err *err);
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
/* A measurement of the promise's parts: see store.h. */
struct desk_sample {
	unsigned kind;
	double value;
	int64_t bytes;
};

/* How a step of a cutover went. Borrowed. */
struct desk_outcome {
	int64_t cutover;	 /* whose it is; 0: the one that the account has, whatever its state */
	enum cutover_state from; /* the state whose step it was; -ESTALE: it is in another one by now */
	int64_t elapsed;	 /* with cutover: seconds since it has begun, by a clock that nobody sets */
	const char *cause;	 /* of a failure, or of the way back; NULL */
	const struct store_phase *phases; /* their cutover is filled in */
	size_t phase_count;
	const struct desk_sample *samples;
	size_t sample_count;
};

/* What happens within a cutover: CUT_OK, ..., CUT_CANCEL. how may be NULL. *now is its new state. */
int desk_cutover(struct desk *d, const struct desk_account *who, enum cutover_event on,
		 const struct desk_outcome *how, struct store_cutover *now, struct err *err);
/* It is time for it. Started where its window still holds; cancelled, with the cause, where its start was missed by more than
 * DESK_LATE seconds, or where it would take longer by now than was promised, or does not fit. boot, boot_s: see struct store_cutover. */
enum { DESK_LATE = 300 };
/* So many seconds a start may come late without its window running into the next one's: they are planned so far apart. */
enum { DESK_SLACK = 60 };
int desk_start(struct desk *d, const struct desk_account *who, const char *boot, int64_t boot_s,
	       struct store_cutover *now, struct err *err);
/* What is copied is about to come to the destination: kept as a phase, "copying", once for each cutover. */
int desk_begun(struct desk *d, const struct desk_account *who, int64_t cutover, struct err *err);
/* That it may end late has been said, in this state of it. */
int desk_warned(struct desk *d, const struct desk_account *who, struct err *err);
/* Support alone: so many seconds more. */
int desk_extend(struct desk *d, const struct desk_account *who, int64_t seconds, struct store_cutover *now,
		struct err *err);
