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
	int64_t tries, tried;		     /* how often the state's own work has failed, and when last */
	char stuck[STORE_TEXT];		     /* it waits for support, and why; "": it does not */
};

/* Where a server is, and what it is. Both a client's server and a transit server are one. */
struct store_server {
	int64_t id, version;
	char name[STORE_NAME];
	char ssh[STORE_TEXT];	  /* [user@]host; "": this machine */
	char rsh[STORE_TEXT];	  /* the remote shell with its options; "": ssh */
	char root[STORE_TEXT];	  /* folder that the accounts' paths are below; "/" */
	char mariadb[STORE_TEXT]; /* URI without a database, as seen from there; "": it has none */
	char postgresql[STORE_TEXT];
	char addresses[STORE_TEXT];	   /* separated by spaces */
	int64_t cores, memory_gb, disk_gb; /* 0: not said */
	char generation[STORE_NAME];
};

/* What an account consists of, and claims: files and mail (paths), mariadb and postgresql (databases), domain, domain-elsewhere
 * (the host does not run its DNS), address, unit, crontab, user. */
struct store_item {
	int64_t id, version, account;
	char kind[STORE_NAME], value[STORE_TEXT];
};

/* A step of a cutover that was done, or was given up. */
struct store_phase {
	int64_t id, version, cutover;
	char name[STORE_NAME];
	int64_t began_ms; /* since 1970 */
	double seconds;
	int64_t bytes; /* sent, or compared; 0 where that means nothing */
	int64_t ok;
	char detail[STORE_TEXT];
};

/* A campaign's time with a transit server, which is paid for: see bill.h. The price is that of its beginning. */
struct store_use {
	int64_t id, version, campaign;
	char transit[STORE_NAME];
	int64_t since, until; /* until 0: it goes on */
	int64_t free_days, month_cents;
	int64_t warned; /* days that were left when it was warned of last; -1: never */
};

struct store_account {
	int64_t id, version, campaign;
	char name[STORE_NAME];
	enum account_state state;
	int64_t bytes[ENGINES]; /* of its databases, data and indexes; negative: not measured yet */
	double precopy_s,
		precopy_scan_s; /* of the last pass but the first, which has all to send; negative: there was none */
	int64_t precopies,
		precopied; /* passes that came to their end, and when the last one ended or failed */
	char precopy_cause[STORE_TEXT]; /* why it failed; "": it did not */
	char resynced
		[STORE_NAME]; /* the server that support has copied its databases onto by hand; "": none */
};

struct store_cutover {
	int64_t id, version, account;
	char from[STORE_NAME], to[STORE_NAME]; /* servers */
	enum cutover_state state;
	int64_t planned, window_s; /* its start, and what was promised */
	int64_t started, ended;	   /* the outage */
	int64_t back_s;		   /* of the window, for the way back */
	int64_t extended_s;	   /* of the window, what support has added */
	int64_t warned;		   /* that it may end late: the state it was in, + 1; 0: not yet */
	int64_t tries, tried;	   /* how often the state's step has failed, and when last */
	int64_t boot_s; /* the start by the clock that counts from the machine's start and is never set, and */
	char boot
		[STORE_NAME]; /* which start of the machine that was: elsewhere the time of day is all there is */
	char cause[STORE_TEXT]; /* of a way back */
	char stuck[STORE_TEXT]; /* it waits for support, and why; "": it does not */
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
/* For how long others' transactions are waited for, instead of STORE_WAIT_MS. */
void store_patience(struct store *s, int64_t ms);
/* Did the last change or transaction that failed do so for want of room? */
bool store_is_full(const struct store *s);
void store_closep(struct store **s);

/* What is read until store_abort is of one moment, though others write. */
int store_look(struct store *s, struct err *err);
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
int store_add_server(struct store *s, struct store_server *v, struct err *err);
/* -EEXIST: the account has it. */
int store_add_item(struct store *s, struct store_item *i, struct err *err);
int store_add_phase(struct store *s, struct store_phase *p, struct err *err);
int store_add_use(struct store *s, struct store_use *u, struct err *err);
/* -ENOENT */
int store_drop_item(struct store *s, const struct store_item *i, struct err *err);

int store_find_transit(struct store *s, struct store_transit *out, const char *name, struct err *err);
/* The one that is this campaign's. -ENOENT, without a text: it has none. */
int store_transit_of(struct store *s, struct store_transit *out, int64_t campaign, struct err *err);
int store_find_campaign(struct store *s, struct store_campaign *out, const char *name, struct err *err);
int store_find_account(struct store *s, struct store_account *out, int64_t campaign, const char *name,
		       struct err *err);
/* The account's cutover that has not ended; -ENOENT: there is none. */
int store_find_cutover(struct store *s, struct store_cutover *out, int64_t account, struct err *err);
/* By id. -ENOENT */
int store_get_campaign(struct store *s, struct store_campaign *out, int64_t id, struct err *err);
int store_get_account(struct store *s, struct store_account *out, int64_t id, struct err *err);
int store_get_cutover(struct store *s, struct store_cutover *out, int64_t id, struct err *err);
int store_find_server(struct store *s, struct store_server *out, const char *name, struct err *err);
/* The one that has not ended. -ENOENT, without a text. */
int store_find_use(struct store *s, struct store_use *out, int64_t campaign, struct err *err);
/* How long was it down when it moved for the first time? -ENOENT: it never has. */
int store_first_outage(struct store *s, int64_t account, int64_t *seconds, struct err *err);

/* Writes it over the row of this id, which must be as *x knew it; *x knows the new one then. */
int store_set_campaign(struct store *s, struct store_campaign *c, struct err *err);
int store_set_account(struct store *s, struct store_account *a, struct err *err);
int store_set_cutover(struct store *s, struct store_cutover *c, struct err *err);
int store_set_server(struct store *s, struct store_server *v, struct err *err);
int store_set_use(struct store *s, struct store_use *u, struct err *err);
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
/* An account's, ended or not, in their order. */
int store_each_cutover_of(struct store *s, int64_t account,
			  int (*fn)(void *arg, const struct store_cutover *c), void *arg, struct err *err);
int store_each_server(struct store *s, int (*fn)(void *arg, const struct store_server *v), void *arg,
		      struct err *err);
/* In the order in which they were added. */
int store_each_item(struct store *s, int64_t account, int (*fn)(void *arg, const struct store_item *i),
		    void *arg, struct err *err);
int store_each_phase(struct store *s, int64_t cutover, int (*fn)(void *arg, const struct store_phase *p),
		     void *arg, struct err *err);
int store_each_use(struct store *s, int (*fn)(void *arg, const struct store_use *u), void *arg,
		   struct err *err);
/* The oldest first. */
int store_each_audit(struct store *s, int (*fn)(void *arg, const struct store_audit *a), void *arg,
		     struct err *err);
/* The newest entry of what was done to this account. -ENOENT, without a text. */
int store_last_audit(struct store *s, struct store_audit *out, const struct store_account *a,
		     const char *what, struct err *err);
/* An entry of what changes no row: "resync tried". Within a transaction. */
int store_note_account(struct store *s, const struct store_account *a, const char *what, const char *detail,
		       struct err *err);

/* Of this cutover's pair of servers, which is one in both directions; the newest first. bytes: of what it was measured; 0 where that
 * means nothing. c->id 0: measured by a rehearsal, onto c->to, which is a test server. */
int store_add_sample(struct store *s, unsigned kind, const struct store_cutover *c, double value,
		     int64_t bytes, struct err *err);
int store_samples(struct store *s, unsigned kind, const struct store_cutover *c, double *out, size_t cap,
		  size_t *count, struct err *err);
/* The same of rehearsals of this server's databases, wherever they went to. */
int store_rehearsals(struct store *s, unsigned kind, const char *server, double *out, size_t cap,
		     size_t *count, struct err *err);
