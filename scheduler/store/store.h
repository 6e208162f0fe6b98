/* store.h - what the scheduler knows, in one file that survives it. Rows are values; names are copied in and out.
 *
 * Every change belongs to a transaction, which says who makes it, when and why; each is appended to the audit log within the same
 * transaction. A row is changed from what it is known to be: -ESTALE when somebody else was faster. After a change that failed the
 * transaction cannot be committed. Errors: -EAGAIN another program holds the file for longer than STORE_WAIT_MS; -ENOSPC; -EEXIST a
 * name that is taken; -ENOENT a name that is not there; -EIO the file is damaged, or is not at its place any more.
 *
 * SQL is here and nowhere else. A store belongs to one thread; any number of processes may open the file. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scheduler/model/account.h"
#include "scheduler/model/campaign.h"
#include "scheduler/model/cutover.h"
#include "scheduler/model/window.h"
#include "xfer/base/err.h"

enum { STORE_NAME = 128, STORE_TEXT = 1024, STORE_WAIT_MS = 60000 };

struct store;

/* Moments are seconds since 1970; 0: not yet. */
struct store_actor {
	const char *who; /* "client anna", "support", "scheduler"; shorter than STORE_NAME */
	const char *why; /* "" where it is clear; shorter than STORE_TEXT */
	int64_t at;
};

struct store_transit {
	int64_t id, version;
	char name[STORE_NAME], configuration[STORE_NAME];
	int64_t campaign; /* whose it is; 0: free */
	int64_t expected; /* days since 1970 on which it is expected to be free; -1: nobody knows */
};

struct store_campaign {
	int64_t id, version;
	char name[STORE_NAME];
	char server[STORE_NAME];	/* the client's, as hooks and ssh know it */
	char configuration[STORE_NAME]; /* of a transit server */
	char zone[STORE_NAME];
	int64_t month_cents; /* what the client's server costs */
	enum campaign_state state;
	int64_t waiting_since, usable_since; /* for a transit server; that */
	int64_t transit;		     /* 0: none yet */
};

struct store_account {
	int64_t id, version, campaign;
	char name[STORE_NAME];
	enum account_state state;
	int64_t bytes[ENGINES];		  /* of its databases, data and indexes; negative: not measured yet */
	double precopy_s, precopy_scan_s; /* of the last pass; negative: there was none */
};

struct store_cutover {
	int64_t id, version, account;
	char from[STORE_NAME], to[STORE_NAME]; /* servers */
	enum cutover_state state;
	int64_t planned, window_s; /* its start, and what was promised */
	int64_t started, ended;	   /* the outage */
	char cause[STORE_TEXT];	   /* of a way back */
};

/* What was measured, to promise by: see window.h. */
enum store_kind {
	SAMPLE_FREEZE,
	SAMPLE_SWITCH,
	SAMPLE_THAW,
	SAMPLE_RATE,	   /* + engine */
	SAMPLE_VERIFY = 8, /* + engine */
};

struct store_audit {
	int64_t id, at;
	char who[STORE_NAME], what[STORE_NAME]; /* "account ready" */
	char subject[2 * STORE_NAME];		/* "anna/shop" */
	char detail[STORE_TEXT], why[STORE_TEXT];
};

/* create: a file that is not there is made, one that is there is refused (-EEXIST). Else one of an older version is brought to this
 * one's, one of a newer is refused (-EPROTO), and what is no store of ours is not touched (-EINVAL). The caller closes. */
int store_open(struct store **out, const char *path, bool create, struct err *err);
void store_close(struct store *s);
void store_closep(struct store **s);

/* The actor is borrowed until the transaction ends. Waits for others' transactions. */
int store_begin(struct store *s, const struct store_actor *actor, struct err *err);
/* On a disk before it returns. Failed: the transaction has ended, and nothing of it is there; after an -EIO of the disk itself that
 * is not certain, and is to be read again before anything is said of it. */
int store_commit(struct store *s, struct err *err);
/* Nothing of it is there. Harmless outside of one. */
void store_abort(struct store *s);

/* Adds it, and sets its id. */
int store_add_transit(struct store *s, struct store_transit *t, struct err *err);
int store_add_campaign(struct store *s, struct store_campaign *c, struct err *err);
int store_add_account(struct store *s, struct store_account *a, struct err *err);
int store_add_cutover(struct store *s, struct store_cutover *c, struct err *err);

int store_find_transit(struct store *s, struct store_transit *out, const char *name, struct err *err);
/* The one that is this campaign's. -ENOENT, without a text: it has none. */
int store_transit_of(struct store *s, struct store_transit *out, int64_t campaign, struct err *err);
int store_find_campaign(struct store *s, struct store_campaign *out, const char *name, struct err *err);
int store_find_account(struct store *s, struct store_account *out, int64_t campaign, const char *name,
		       struct err *err);
/* The account's cutover that has not ended; -ENOENT: there is none. */
int store_find_cutover(struct store *s, struct store_cutover *out, int64_t account, struct err *err);
/* How long was it down when it moved for the first time? -ENOENT: it never has. */
int store_first_outage(struct store *s, int64_t account, int64_t *seconds, struct err *err);

/* Writes it over the row of this id, which must be as *x knew it; *x knows the new one then. */
int store_set_campaign(struct store *s, struct store_campaign *c, struct err *err);
int store_set_account(struct store *s, struct store_account *a, struct err *err);
int store_set_cutover(struct store *s, struct store_cutover *c, struct err *err);
/* A transit server is one campaign's: -EEXIST. */
int store_set_transit(struct store *s, struct store_transit *t, struct err *err);

/* Each returns what fn does when that is not 0, and stops there. fn may not change the store. */
int store_each_transit(struct store *s, int (*fn)(void *arg, const struct store_transit *t), void *arg,
		       struct err *err);
int store_each_campaign(struct store *s, int (*fn)(void *arg, const struct store_campaign *c), void *arg,
			struct err *err);
int store_each_account(struct store *s, int64_t campaign, int (*fn)(void *arg, const struct store_account *a),
		       void *arg, struct err *err);
/* Those that have not ended, by their start. */
int store_each_cutover(struct store *s, int (*fn)(void *arg, const struct store_cutover *c), void *arg,
		       struct err *err);
/* The oldest first. */
int store_each_audit(struct store *s, int (*fn)(void *arg, const struct store_audit *a), void *arg,
		     struct err *err);

/* Of this cutover's pair of servers, which is one in both directions; the newest first. */
int store_add_sample(struct store *s, unsigned kind, const struct store_cutover *c, double value,
		     struct err *err);
int store_samples(struct store *s, unsigned kind, const struct store_cutover *c, double *out, size_t cap,
		  size_t *count, struct err *err);
