#include "scheduler/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scheduler/store/sql.h"
#include "xfer/base/buf.h"

struct store {
	sqlite3 *db;
	const struct store_actor *actor; /* NULL: outside of a transaction */
};

/* clang-format off */
/* What each version added to the one before it. A version that was released is never changed. */
static const char *const versions[] = {
	"CREATE TABLE transit (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, configuration TEXT NOT NULL,"
	" campaign INTEGER NOT NULL, expected INTEGER NOT NULL) STRICT;"
	"CREATE TABLE campaign (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, server TEXT NOT NULL,"
	" configuration TEXT NOT NULL, zone TEXT NOT NULL, month_cents INTEGER NOT NULL, state TEXT NOT NULL,"
	" waiting_since INTEGER NOT NULL, usable_since INTEGER NOT NULL, transit INTEGER NOT NULL) STRICT;"
	"CREATE TABLE account (id INTEGER PRIMARY KEY, campaign INTEGER NOT NULL REFERENCES campaign, name TEXT NOT NULL,"
	" state TEXT NOT NULL, mariadb_bytes INTEGER NOT NULL, postgresql_bytes INTEGER NOT NULL, precopy_s REAL NOT NULL,"
	" precopy_scan_s REAL NOT NULL, UNIQUE (campaign, name)) STRICT;"
	"CREATE TABLE cutover (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account, source TEXT NOT NULL,"
	" destination TEXT NOT NULL, state TEXT NOT NULL, planned INTEGER NOT NULL, window_s INTEGER NOT NULL,"
	" started INTEGER NOT NULL, ended INTEGER NOT NULL, cause TEXT NOT NULL) STRICT;"
	/* two buttons that are pressed at once are one cutover */
	"CREATE UNIQUE INDEX one_cutover ON cutover (account) WHERE state NOT IN ('done', 'rolled-back', 'cancelled');"
	"CREATE TABLE sample (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, source TEXT NOT NULL, destination TEXT NOT NULL,"
	" value REAL NOT NULL, at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX sample_kind ON sample (kind, source, destination);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,"
	" subject TEXT NOT NULL, why TEXT NOT NULL) STRICT;"
	"CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;"
	"CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;",
};
/* clang-format on */

enum { VERSION = sizeof versions / sizeof *versions, APPLICATION = 0x78736364 /* "xscd" */ };

#define INT_OF(type, member)                                               \
	{                                                                  \
#member, FIELD_INT, offsetof(struct type, member), 0, NULL \
	}
#define REAL_OF(type, member)                                               \
	{                                                                   \
#member, FIELD_REAL, offsetof(struct type, member), 0, NULL \
	}
#define TEXT_OF(type, member)                                                                              \
	{                                                                                                  \
#member, FIELD_TEXT, offsetof(struct type, member), sizeof((struct type *)0)->member, NULL \
	}
#define STATE_OF(type, states)                                                \
	{                                                                     \
		"state", FIELD_STATE, offsetof(struct type, state), 0, states \
	}

/* An enum of these is an unsigned in memory. */
#define STATES(model)                                            \
	static const char *model##_said(unsigned s)              \
	{                                                        \
		return model##_name(s);                          \
	}                                                        \
	static int model##_read(unsigned *out, const char *name) \
	{                                                        \
		enum model##_state s;                            \
		int status = model##_parse(&s, name);            \
		*out = status ? 0 : s;                           \
		return status;                                   \
	}                                                        \
	static const struct field_states model##_states = { model##_said, model##_read }

STATES(campaign);
STATES(account);
STATES(cutover);

/* clang-format off */
static const struct field transit_fields[] = {
	INT_OF(store_transit, id), TEXT_OF(store_transit, name), TEXT_OF(store_transit, configuration),
	INT_OF(store_transit, campaign), INT_OF(store_transit, expected),
};
static const struct field campaign_fields[] = {
	INT_OF(store_campaign, id), TEXT_OF(store_campaign, name), TEXT_OF(store_campaign, server),
	TEXT_OF(store_campaign, configuration), TEXT_OF(store_campaign, zone), INT_OF(store_campaign, month_cents),
	STATE_OF(store_campaign, &campaign_states), INT_OF(store_campaign, waiting_since),
	INT_OF(store_campaign, usable_since), INT_OF(store_campaign, transit),
};
static const struct field account_fields[] = {
	INT_OF(store_account, id), INT_OF(store_account, campaign), TEXT_OF(store_account, name),
	STATE_OF(store_account, &account_states),
	{ "mariadb_bytes", FIELD_INT, offsetof(struct store_account, bytes[ENGINE_MARIADB]), 0, NULL },
	{ "postgresql_bytes", FIELD_INT, offsetof(struct store_account, bytes[ENGINE_POSTGRESQL]), 0, NULL },
	REAL_OF(store_account, precopy_s), REAL_OF(store_account, precopy_scan_s),
};
static const struct field cutover_fields[] = {
	INT_OF(store_cutover, id), INT_OF(store_cutover, account),
	{ "source", FIELD_TEXT, offsetof(struct store_cutover, from), STORE_NAME, NULL },
	{ "destination", FIELD_TEXT, offsetof(struct store_cutover, to), STORE_NAME, NULL },
	STATE_OF(store_cutover, &cutover_states), INT_OF(store_cutover, planned), INT_OF(store_cutover, window_s),
	INT_OF(store_cutover, started), INT_OF(store_cutover, ended), TEXT_OF(store_cutover, cause),
};
static const struct field audit_fields[] = {
	INT_OF(store_audit, id), INT_OF(store_audit, at), TEXT_OF(store_audit, who), TEXT_OF(store_audit, what), TEXT_OF(store_audit, subject),
	TEXT_OF(store_audit, why),
};
#define TABLE(x) static const struct table x##_table = \
	{ #x, x##_fields, sizeof x##_fields / sizeof *x##_fields, sizeof(struct store_##x) }
TABLE(transit);
TABLE(campaign);
TABLE(account);
TABLE(cutover);
TABLE(audit);
/* clang-format on */

/* Opening. */

static int keep_int(void *arg, sqlite3_stmt *row)
{
	*(int64_t *)arg = sqlite3_column_int64(row, 0);
	return 0;
}

static int pragma(sqlite3 *db, const char *sql, int64_t *out, struct err *err)
{
	return sql_each(db, sql, NO_VALUES, keep_int, out, err);
}

/* Several statements. */
static int script(sqlite3 *db, const char *sql, struct err *err)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_error(db, "store", err);
}

/* Within a transaction, which is taken back where this fails. */
static int bring_up(sqlite3 *db, bool created, struct err *err)
{
	int64_t application = 0, version = 0;
	char done[96];
	int status = pragma(db, "PRAGMA application_id", &application, err);
	if (!status)
		status = pragma(db, "PRAGMA user_version", &version, err);
	if (!status && !created && application != APPLICATION)
		return err_say(err, -EINVAL, "this is no store of a scheduler");
	if (!status && version > VERSION)
		return err_say(err, -EPROTO, "a newer scheduler's: its version is %lld, this one knows %d",
			       (long long)version, VERSION);
	for (int64_t v = version; !status && v < VERSION; v++)
		status = script(db, versions[v], err);
	snprintf(done, sizeof done, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION,
		 VERSION);
	return !status && version < VERSION ? script(db, done, err) : status;
}

static int prepare_file(sqlite3 *db, bool created, struct err *err)
{
	sqlite3_busy_timeout(db, STORE_WAIT_MS);
	/* what was promised to a client is on a disk before it is done */
	int status = script(db,
			    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
			    err);
	if (!status)
		status = script(db, "BEGIN IMMEDIATE", err);
	if (status)
		return status;
	status = bring_up(db, created, err);
	if (!status)
		return script(db, "COMMIT", err);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

static int create_file(const char *path, struct err *err)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, -errno, "store %s", path);
	close(fd);
	return 0;
}

int store_open(struct store **out, const char *path, bool create, struct err *err)
{
	AUTO(store_closep) struct store *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "store");
	int status = create ? create_file(path, err) : 0;
	if (status)
		return status;
	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		status = sql_error(s->db, "cannot be opened", err);
	else
		status = prepare_file(s->db, create, err);
	if (status) {
		err_context(err, "store %s", path);
		if (create)
			unlink(path); /* it was made just now, and is of no use */
		return status;
	}
	*out = TAKE(s);
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db); /* takes back what was under way */
	free(s);
}

void store_closep(struct store **s)
{
	store_close(*s);
}

/* Transactions. */

int store_begin(struct store *s, const struct store_actor *actor, struct err *err)
{
	CHECK(!s->actor);
	int status = script(s->db, "BEGIN IMMEDIATE", err);
	if (!status)
		s->actor = actor;
	return status;
}

int store_commit(struct store *s, struct err *err)
{
	CHECK(s->actor);
	int status = script(s->db, "COMMIT", err);
	if (status)
		store_abort(s);
	s->actor = NULL;
	return status;
}

void store_abort(struct store *s)
{
	/* a failure may have ended it already */
	if (s->actor && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->actor = NULL;
}

static int note(struct store *s, const char *what, const char *subject, struct err *err)
{
	CHECK(s->actor); /* no change without somebody who makes it */
	const struct store_actor *a = s->actor;
	return sql_run(s->db, "INSERT INTO audit (at, who, what, subject, why) VALUES (?, ?, ?, ?, ?)",
		       VALUES(INT(a->at), TEXT(a->who), TEXT(what), TEXT(subject), TEXT(a->why)), err);
}

static int note_state(struct store *s, const char *table, const char *state, const char *subject,
		      struct err *err)
{
	char what[STORE_NAME];
	snprintf(what, sizeof what, "%s %s", table, state);
	return note(s, what, subject, err);
}

/* Adding. */

/* name: of the row, for people. */
static int add(struct store *s, const struct table *t, void *row, const char *name, struct err *err)
{
	int status = row_insert(s->db, t, row, err);
	if (status == -EEXIST)
		return err_say(err, status, "%s %s is there already", t->name, name);
	return status ? status : note_state(s, t->name, "added", name, err);
}

int store_add_transit(struct store *s, struct store_transit *t, struct err *err)
{
	return add(s, &transit_table, t, t->name, err);
}

int store_add_campaign(struct store *s, struct store_campaign *c, struct err *err)
{
	return add(s, &campaign_table, c, c->name, err);
}

int store_add_account(struct store *s, struct store_account *a, struct err *err)
{
	return add(s, &account_table, a, a->name, err);
}

/* The audit log's subject of a cutover: its account's name. */
static int name_account(struct store *s, int64_t id, char out[STORE_NAME], struct err *err)
{
	struct store_account a = { 0 };
	int status = row_find(s->db, &account_table, "id = ?", VALUES(INT(id)), &a, err);
	if (!status)
		memcpy(out, a.name, STORE_NAME);
	return status == -ENOENT ? err_say(err, status, "there is no account %lld", (long long)id) : status;
}

int store_add_cutover(struct store *s, struct store_cutover *c, struct err *err)
{
	char name[STORE_NAME];
	int status = name_account(s, c->account, name, err);
	if (status)
		return status;
	status = row_insert(s->db, &cutover_table, c, err);
	if (status == -EEXIST)
		return err_say(err, status, "account %s has a cutover already that has not ended", name);
	return status ? status : note_state(s, "cutover", cutover_name(c->state), name, err);
}

/* Finding. */

static int find_named(struct store *s, const struct table *t, const char *name, void *out, struct err *err)
{
	int status = row_find(s->db, t, "name = ?", VALUES(TEXT(name)), out, err);
	return status == -ENOENT ? err_say(err, status, "there is no %s %s", t->name, name) : status;
}

int store_find_transit(struct store *s, struct store_transit *out, const char *name, struct err *err)
{
	return find_named(s, &transit_table, name, out, err);
}

int store_find_campaign(struct store *s, struct store_campaign *out, const char *name, struct err *err)
{
	return find_named(s, &campaign_table, name, out, err);
}

int store_find_account(struct store *s, struct store_account *out, int64_t campaign, const char *name,
		       struct err *err)
{
	int status = row_find(s->db, &account_table, "campaign = ? AND name = ?",
			      VALUES(INT(campaign), TEXT(name)), out, err);
	return status == -ENOENT ? err_say(err, status, "there is no account %s in this campaign", name)
				 : status;
}

#define UNDER_WAY "state NOT IN ('done', 'rolled-back', 'cancelled')"

int store_find_cutover(struct store *s, struct store_cutover *out, int64_t account, struct err *err)
{
	int status = row_find(s->db, &cutover_table, "account = ? AND " UNDER_WAY, VALUES(INT(account)), out,
			      err);
	return status == -ENOENT ? err_say(err, status, "the account has no cutover that has not ended")
				 : status;
}

int store_last_outage(struct store *s, int64_t account, int64_t *seconds, struct err *err)
{
	struct store_cutover c = { 0 };
	int status = row_find(s->db, &cutover_table,
			      "account = ? AND state = 'done' ORDER BY ended DESC, id DESC",
			      VALUES(INT(account)), &c, err);
	if (status)
		return status == -ENOENT ? err_say(err, status, "the account has never moved") : status;
	*seconds = c.ended - c.started;
	return 0;
}

/* Changing. */

int store_set_campaign(struct store *s, const struct store_campaign *c, enum campaign_state was,
		       struct err *err)
{
	int status = row_update(s->db, &campaign_table, c, campaign_name(was), err);
	return status ? status : note_state(s, "campaign", campaign_name(c->state), c->name, err);
}

int store_set_account(struct store *s, const struct store_account *a, enum account_state was, struct err *err)
{
	int status = row_update(s->db, &account_table, a, account_name(was), err);
	return status ? status : note_state(s, "account", account_name(a->state), a->name, err);
}

int store_set_cutover(struct store *s, const struct store_cutover *c, enum cutover_state was, struct err *err)
{
	char name[STORE_NAME];
	int status = name_account(s, c->account, name, err);
	if (!status)
		status = row_update(s->db, &cutover_table, c, cutover_name(was), err);
	return status ? status : note_state(s, "cutover", cutover_name(c->state), name, err);
}

int store_set_transit(struct store *s, const struct store_transit *t, struct err *err)
{
	int status = row_update(s->db, &transit_table, t, NULL, err);
	return status ? status : note_state(s, "transit", t->campaign ? "taken" : "free", t->name, err);
}

/* Lists. The functions differ in their argument's type alone. */

#define EACH(x)                                                    \
	struct x##_each {                                          \
		int (*fn)(void *arg, const struct store_##x *row); \
		void *arg;                                         \
	};                                                         \
	static int x##_row(void *arg, const void *row)             \
	{                                                          \
		struct x##_each *e = arg;                          \
		return e->fn(e->arg, row);                         \
	}

EACH(transit)
EACH(campaign)
EACH(account)
EACH(cutover)
EACH(audit)

int store_each_transit(struct store *s, int (*fn)(void *arg, const struct store_transit *t), void *arg,
		       struct err *err)
{
	struct transit_each e = { fn, arg };
	return row_each(s->db, &transit_table, "1 ORDER BY id", NO_VALUES, transit_row, &e, err);
}

int store_each_campaign(struct store *s, int (*fn)(void *arg, const struct store_campaign *c), void *arg,
			struct err *err)
{
	struct campaign_each e = { fn, arg };
	return row_each(s->db, &campaign_table, "1 ORDER BY id", NO_VALUES, campaign_row, &e, err);
}

int store_each_account(struct store *s, int64_t campaign, int (*fn)(void *arg, const struct store_account *a),
		       void *arg, struct err *err)
{
	struct account_each e = { fn, arg };
	return row_each(s->db, &account_table, "campaign = ? ORDER BY id", VALUES(INT(campaign)), account_row,
			&e, err);
}

int store_each_cutover(struct store *s, int (*fn)(void *arg, const struct store_cutover *c), void *arg,
		       struct err *err)
{
	struct cutover_each e = { fn, arg };
	return row_each(s->db, &cutover_table, UNDER_WAY " ORDER BY planned, id", NO_VALUES, cutover_row, &e,
			err);
}

int store_each_audit(struct store *s, int (*fn)(void *arg, const struct store_audit *a), void *arg,
		     struct err *err)
{
	struct audit_each e = { fn, arg };
	return row_each(s->db, &audit_table, "1 ORDER BY id", NO_VALUES, audit_row, &e, err);
}

/* Samples. */

int store_add_sample(struct store *s, unsigned kind, const struct store_cutover *c, double value,
		     struct err *err)
{
	CHECK(s->actor);
	return sql_run(s->db,
		       "INSERT INTO sample (kind, source, destination, value, at) VALUES (?, ?, ?, ?, ?)",
		       VALUES(INT(kind), TEXT(c->from), TEXT(c->to), REAL(value), INT(s->actor->at)), err);
}

struct samples {
	double *out;
	size_t cap, *count;
};

static int keep_sample(void *arg, sqlite3_stmt *row)
{
	struct samples *k = arg;
	if (*k->count < k->cap)
		k->out[(*k->count)++] = sqlite3_column_double(row, 0);
	return 0;
}

int store_samples(struct store *s, unsigned kind, const struct store_cutover *c, double *out, size_t cap,
		  size_t *count, struct err *err)
{
	struct samples k = { out, cap, count };
	*count = 0;
	return sql_each(s->db,
			"SELECT value FROM sample WHERE kind = ?1 AND ((source = ?2 AND destination = ?3) OR"
			" (source = ?3 AND destination = ?2)) ORDER BY at DESC, id DESC LIMIT ?4",
			VALUES(INT(kind), TEXT(c->from), TEXT(c->to), INT((int64_t)cap)), keep_sample, &k,
			err);
}
