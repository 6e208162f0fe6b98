#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scheduler/store/store_inner.h"
#include "xfer/base/buf.h"

/* clang-format off */
/* What each version added to the one before it. A version that was released is never changed. */
static const char *const versions[] = {
	"CREATE TABLE transit (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, configuration TEXT NOT NULL,"
	" campaign INTEGER NOT NULL, expected INTEGER NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX one_campaign ON transit (campaign) WHERE campaign <> 0;"
	"CREATE TABLE campaign (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, server TEXT NOT NULL,"
	" configuration TEXT NOT NULL, zone TEXT NOT NULL, month_cents INTEGER NOT NULL, state TEXT NOT NULL,"
	" waiting_since INTEGER NOT NULL, usable_since INTEGER NOT NULL, transit INTEGER NOT NULL, tries INTEGER NOT NULL,"
	" tried INTEGER NOT NULL, stuck TEXT NOT NULL) STRICT;"
	"CREATE TABLE account (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, campaign INTEGER NOT NULL REFERENCES campaign, name TEXT NOT NULL,"
	" state TEXT NOT NULL, mariadb_bytes INTEGER NOT NULL, postgresql_bytes INTEGER NOT NULL, precopy_s REAL NOT NULL,"
	" precopy_scan_s REAL NOT NULL, precopies INTEGER NOT NULL, precopied INTEGER NOT NULL, precopy_cause TEXT NOT NULL, UNIQUE (campaign, name)) STRICT;"
	"CREATE TABLE cutover (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, account INTEGER NOT NULL REFERENCES account, source TEXT NOT NULL,"
	" destination TEXT NOT NULL, state TEXT NOT NULL, planned INTEGER NOT NULL, window_s INTEGER NOT NULL,"
	" started INTEGER NOT NULL, ended INTEGER NOT NULL, back_s INTEGER NOT NULL, extended_s INTEGER NOT NULL, warned INTEGER NOT NULL,"
	" tries INTEGER NOT NULL, tried INTEGER NOT NULL, boot_s INTEGER NOT NULL, boot TEXT NOT NULL, cause TEXT NOT NULL, stuck TEXT NOT NULL) STRICT;"
	/* two buttons that are pressed at once are one cutover */
	"CREATE UNIQUE INDEX one_cutover ON cutover (account) WHERE state NOT IN ('done', 'rolled-back', 'cancelled');"
	"CREATE TABLE sample (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, source TEXT NOT NULL, destination TEXT NOT NULL,"
	" value REAL NOT NULL, at INTEGER NOT NULL, cutover INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;"
	"CREATE INDEX sample_kind ON sample (kind, source, destination);"
	"CREATE TABLE server (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, ssh TEXT NOT NULL, rsh TEXT NOT NULL,"
	" root TEXT NOT NULL, mariadb TEXT NOT NULL, postgresql TEXT NOT NULL, addresses TEXT NOT NULL, cores INTEGER NOT NULL,"
	" memory_gb INTEGER NOT NULL, disk_gb INTEGER NOT NULL, generation TEXT NOT NULL) STRICT;"
	"CREATE TABLE item (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, account INTEGER NOT NULL REFERENCES account, kind TEXT NOT NULL,"
	" value TEXT NOT NULL, UNIQUE (account, kind, value)) STRICT;"
	"CREATE TABLE phase (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, cutover INTEGER NOT NULL REFERENCES cutover, name TEXT NOT NULL,"
	" began_ms INTEGER NOT NULL, seconds REAL NOT NULL, bytes INTEGER NOT NULL, ok INTEGER NOT NULL, detail TEXT NOT NULL) STRICT;"
	"CREATE INDEX phase_of ON phase (cutover);"
	"CREATE TABLE use (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, campaign INTEGER NOT NULL REFERENCES campaign,"
	" transit TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, free_days INTEGER NOT NULL, month_cents INTEGER NOT NULL,"
	" warned INTEGER NOT NULL) STRICT;"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,"
	" subject TEXT NOT NULL, detail TEXT NOT NULL, why TEXT NOT NULL) STRICT;"
	"CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;"
	"CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;",
	"ALTER TABLE account ADD COLUMN resynced TEXT NOT NULL DEFAULT '';",
};
/* clang-format on */

enum { VERSION = sizeof versions / sizeof *versions, APPLICATION = 0x78736364 /* "xscd" */ };

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
static int bring_up(sqlite3 *db, int64_t version, struct err *err)
{
	char done[96];
	int status = 0;
	for (int64_t v = version; !status && v < VERSION; v++)
		status = script(db, versions[v], err);
	snprintf(done, sizeof done, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION,
		 VERSION);
	return status ? status : script(db, done, err);
}

static int look(sqlite3 *db, int64_t *version, struct err *err)
{
	int64_t application = 0, tables = 0;
	int status = pragma(db, "PRAGMA application_id", &application, err);
	if (!status)
		status = pragma(db, "PRAGMA user_version", version, err);
	if (!status)
		status = pragma(db, "SELECT COUNT(*) FROM sqlite_schema", &tables, err);
	/* empty: just created, by somebody who was killed then, too */
	if (!status && application != APPLICATION && (application || *version || tables))
		return err_say(err, -EINVAL, "this is no store of a scheduler");
	if (!status && *version > VERSION)
		return err_say(err, -EPROTO, "a newer scheduler's: its version is %lld, this one knows %d",
			       (long long)*version, VERSION);
	return status;
}

static int prepare_file(sqlite3 *db, struct err *err)
{
	int64_t version = 0;
	sqlite3_busy_timeout(db, STORE_WAIT_MS);
	int status = look(db, &version, err);
	/* what was promised to a client is on a disk before it is done */
	if (!status)
		status = script(
			db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
			err);
	if (status || version == VERSION)
		return status;
	status = script(db, "BEGIN IMMEDIATE", err);
	/* somebody else may have done it meanwhile */
	if (!status && !(status = look(db, &version, err)) && version < VERSION)
		status = bring_up(db, version, err);
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
		status = access(path, F_OK) ? err_set(err, -errno, "cannot be opened")
					    : sql_error(s->db, "cannot be opened", err);
	else
		status = prepare_file(s->db, err);
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

void store_patience(struct store *s, int64_t ms)
{
	sqlite3_busy_timeout(s->db, (int)(ms < INT_MAX ? ms : INT_MAX));
}

bool store_is_full(const struct store *s)
{
	return s->full;
}

/* Transactions. */

static bool is_elsewhere(struct store *s)
{
	int moved = 0;
	return sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

int store_look(struct store *s, struct err *err)
{
	CHECK(!s->actor && !s->looks);
	int status = script(s->db, "BEGIN", err);
	s->looks = !status;
	return status;
}

int store_begin(struct store *s, const struct store_actor *actor, struct err *err)
{
	CHECK(!s->actor && !s->looks);
	if (strlen(actor->who) >= STORE_NAME || strlen(actor->why) >= STORE_TEXT)
		return err_say(err, -EINVAL, "who it is, or why, is said in too many words");
	/* what is written to a file that is gone would be lost, and nobody would know */
	if (is_elsewhere(s))
		return err_say(err, -EIO, "the store's file is not at its place any more");
	int status = script(s->db, "BEGIN IMMEDIATE", err);
	s->failed = false;
	s->full = status == -ENOSPC;
	if (!status)
		s->actor = actor;
	return status;
}

int store_commit(struct store *s, struct err *err)
{
	CHECK(s->actor);
	int status = s->failed ? err_say(err, -EIO, "store: a change of the transaction has failed")
			       : script(s->db, "COMMIT", err);
	/* what had failed before says why itself */
	s->full = s->failed ? s->full : status == -ENOSPC;
	if (status)
		store_abort(s);
	s->actor = NULL;
	return status;
}

void store_abort(struct store *s)
{
	/* a failure may have ended it already */
	if ((s->actor || s->looks) && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->actor = NULL;
	s->looks = false;
}
