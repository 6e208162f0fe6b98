#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/identity.h"
#include "dbdump/my/session.h"
#include "dbdump/my/spaces.h"
#include "dbdump/my/sql.h"
#include "xfer/base/clock.h"

enum { POSITION = 200, GTID_SCAN_MOST = 64 << 20 };

/* One link's transaction: what it sees, it sees until its end. Sent first and answered later, so that those of all links
 * begin at about the same moment. */
static int begin_all(struct session *s, unsigned links, struct err *err)
{
	static const char sql[] = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
	int status = 0;
	unsigned sent = 0;
	for (; !status && sent < links; sent++)
		if (mysql_send_query(s->links[sent].conn.db, sql, sizeof sql - 1))
			status = conn_error(&s->links[sent].conn, err);
	for (unsigned i = 0; i < sent; i++)
		if (mysql_read_query_result(s->links[i].conn.db) && !status)
			status = conn_error(&s->links[i].conn, err);
	for (unsigned i = 0; !status && i < links; i++)
		s->links[i].in_snapshot = true;
	return status;
}

/* A session that logs keeps its locks on the tables' definitions until its transaction ends, going back to a savepoint or not:
 * it is the savepoint that the log has to know of. Ours writes nothing; but not to log takes a privilege. */
static int isolate(struct session *s, struct err *err)
{
	char logs[8] = "";
	int status = conn_value(&s->control, logs, sizeof logs, err, "SELECT @@log_bin");
	bool held = false;
	for (unsigned i = 0; !status && i < s->job.connections; i++) {
		struct conn *c = &s->links[i].conn;
		status = conn_run(c, err, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
		if (!status && !strcmp(logs, "1"))
			held = conn_run(c, NULL, "SET SESSION sql_log_bin = 0") != 0;
	}
	if (!status && held)
		session_warn(
			s,
			"an ALTER TABLE at the source will wait until the copy ends, for want of the privilege BINLOG ADMIN");
	return status;
}

/* Where in the binary log the snapshot of this link is, "file:position"; empty: there is no such log, or MySQL does not say. */
static int read_position(struct link *l, char *out, size_t cap, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	char file[POSITION] = "", at[POSITION] = "";
	int status = conn_select(&l->conn, &r, err, "SHOW STATUS LIKE 'binlog_snapshot_%%'");
	while (!status && rows_next(&r)) {
		if (!strcasecmp(r.at[0], "binlog_snapshot_file"))
			snprintf(file, sizeof file, "%s", r.at[1]);
		if (!strcasecmp(r.at[0], "binlog_snapshot_position"))
			snprintf(at, sizeof at, "%s", r.at[1]);
	}
	out[0] = '\0';
	if (file[0])
		snprintf(out, cap, "%s:%s", file, at);
	return status;
}

/* Do all links see the same moment, as far as the binary log can tell? */
static int compare_positions(struct session *s, unsigned links, bool *same, char *position, struct err *err)
{
	char other[POSITION * 2];
	int status = read_position(&s->links[0], position, POSITION * 2, err);
	*same = position[0] != '\0';
	for (unsigned i = 1; !status && i < links; i++) {
		status = read_position(&s->links[i], other, sizeof other, err);
		*same = *same && !strcmp(position, other);
	}
	return status;
}

/* Where the log ends now, if that is still where the snapshot is, is quickly said; else the server reads all of the log's file
 * before it, which is not worth more than a moment. Needs privileges: without, there is no more than the position. */
static void read_gtid(struct session *s, const char *file, uint64_t at, char *out, size_t cap)
{
	AUTO(rows_fini) struct rows r = { 0 };
	if (conn_value(&s->control, out, cap, NULL, "SELECT @@gtid_binlog_pos") ||
	    conn_select(&s->control, &r, NULL, "SHOW MASTER STATUS"))
		out[0] = '\0';
	else if (rows_next(&r) && !strcmp(r.at[0], file) && strtoull(r.at[1], NULL, 10) == at)
		return;
	else if (at > GTID_SCAN_MOST ||
		 conn_value(&s->control, out, cap, NULL, "SELECT BINLOG_GTID_POS(%q, %U)", file, at))
		out[0] = '\0';
}

static void add_gtid(struct session *s, const char *position, struct snapshot *out)
{
	char gtid[256] = "", file[POSITION * 2];
	const char *colon = strrchr(position, ':');
	if (!colon)
		return;
	snprintf(file, sizeof file, "%.*s", (int)(colon - position), position);
	if (s->control.mariadb)
		read_gtid(s, file, strtoull(colon + 1, NULL, 10), gtid, sizeof gtid);
	snprintf(out->position, sizeof out->position, "%.120s%s%.120s", position, gtid[0] ? " gtid " : "",
		 gtid);
}

/* Every table of the session's databases, for LOCK TABLES. */
static int lock_tables(struct session *s, struct err *err)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	int status = 0;
	sql_add(&sql, "LOCK TABLES ");
	for (size_t i = 0; !status && i < s->job.databases->count; i++) {
		const char *db = s->job.databases->at[i];
		AUTO(rows_fini) struct rows r = { 0 };
		status = conn_select(
			&s->control, &r, err,
			"SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
			"AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
			db);
		while (!status && rows_next(&r))
			if (session_wants(s, db, r.at[0]) && table_keeps_rows(r.at[1]))
				sql_add(&sql, "%i.%i READ, ", db, r.at[0]);
	}
	if (status || sql.failed)
		return status ? status : err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	size_t bare = strlen("LOCK TABLES ");
	return sql.len > bare ? conn_send(&s->control, (const char *)sql.data, sql.len - 2, err) : 0;
}

static int backup_stage(struct session *s, struct err *err)
{
	int status = conn_run(&s->control, err, "BACKUP STAGE START");
	return status ? status : conn_run(&s->control, err, "BACKUP STAGE BLOCK_COMMIT");
}

static int flush_tables(struct session *s, struct err *err)
{
	return conn_run(&s->control, err, "FLUSH TABLES WITH READ LOCK");
}

static const struct lock {
	const char *how;
	int (*take)(struct session *s, struct err *err);
	const char *end;
	unsigned long since; /* version of MariaDB; 0: MySQL too */
	bool others_commit;  /* what is not of our tables: the log moves on */
} locks[] = {
	{ "BACKUP STAGE BLOCK_COMMIT", backup_stage, "BACKUP STAGE END", 100401, false },
	{ "FLUSH TABLES WITH READ LOCK", flush_tables, "UNLOCK TABLES", 0, false },
	{ "LOCK TABLES READ", lock_tables, "UNLOCK TABLES", 0, true },
};

/* Takes the snapshots behind the lock. *done stays false when the lock is not to be had. -ETIMEDOUT: not in time. */
static int try_lock(struct session *s, const struct lock *lock, struct snapshot *out, bool *done,
		    struct err *err)
{
	char position[POSITION * 2] = "";
	struct err why = { 0 };
	bool same = true;
	int status = identity_note(s, &why);
	uint64_t since = clock_now();
	if (!status)
		status = lock->take(s, &why);
	if (!status) {
		status = begin_all(s, s->job.connections, &why);
		*done = !status;
	}
	conn_run(&s->control, NULL, "%s", lock->end);
	out->locked_s += (double)(clock_now() - since) / (double)CLOCK_SECOND;
	if (*done)
		status = compare_positions(s, s->job.connections, &same, position, &why);
	*done = *done && (same || !position[0] || lock->others_commit);
	if (*done) {
		out->connections = s->job.connections;
		snprintf(out->how, sizeof out->how, "%s", lock->how);
		if (same)
			add_gtid(s, position, out);
	}
	if (status == -ECONNRESET || status == -EINTR) {
		if (err)
			*err = why;
		return status;
	}
	return status == -ETIMEDOUT ? status : 0;
}

static int try_locks(struct session *s, struct snapshot *out, bool *done, struct err *err)
{
	int status = conn_run(&s->control, err, "SET SESSION lock_wait_timeout = %u",
			      s->job.options->lock_wait_s);
	for (size_t i = 0; !status && !*done && i < sizeof locks / sizeof *locks; i++)
		if (!locks[i].since || (s->control.mariadb && s->control.version >= locks[i].since))
			status = try_lock(s, &locks[i], out, done, err);
	if (status == -ETIMEDOUT) /* the others would wait for the same */
		status = 0;
	if (!status)
		status = conn_run(&s->control, err, "SET SESSION lock_wait_timeout = DEFAULT");
	return status;
}

/* The other connections see nothing that is of use, and what they see the server would have to keep. */
static int one_connection(struct session *s, struct snapshot *out, struct err *err)
{
	char position[POSITION * 2] = "";
	int status = 0;
	for (unsigned i = 1; !status && i < s->job.connections; i++) {
		s->links[i].in_snapshot = false;
		status = conn_run(&s->links[i].conn, err, "ROLLBACK");
	}
	if (!status)
		status = identity_note(s, err);
	if (!status)
		status = begin_all(s, 1, err);
	if (!status)
		status = read_position(&s->links[0], position, sizeof position, err);
	out->connections = 1;
	snprintf(out->how, sizeof out->how, "one connection");
	if (!status)
		add_gtid(s, position, out);
	return status;
}

/* Snapshots of several connections are of one moment when nothing could be committed while they were taken. That their positions in
 * the binary log are equal does not tell: there are commits that the log does not get to see (sql_log_bin = 0, filters). */
static int begin(struct session *s, struct snapshot *out, struct err *err)
{
	bool done = false;
	int status = 0;
	if (s->job.connections > 1 && s->job.options->lock_wait_s)
		status = try_locks(s, out, &done, err);
	if (!status && !done)
		status = one_connection(s, out, err);
	return status;
}

/* With tables that go as files (spaces.h), which are locked meanwhile. */
static int begin_with_files(struct session *s, struct snapshot *out, struct err *err)
{
	uint64_t since = clock_now();
	int status = spaces_lock(s->spaces, err);
	if (!status)
		status = begin(s, out, err);
	if (!status)
		status = spaces_copy(s->spaces, true, err);
	spaces_unlock(s->spaces);
	out->locked_s = (double)(clock_now() - since) / (double)CLOCK_SECOND;
	size_t files = spaces_left(s->spaces), len = strlen(out->how);
	if (files)
		snprintf(out->how + len, sizeof out->how - len, ", FOR EXPORT (%zu)", files);
	return status;
}

int my_snapshot(struct session *s, struct snapshot *out, struct err *err)
{
	*out = (struct snapshot){ 0 };
	int status = isolate(s, err);
	if (!status)
		status = s->spaces ? begin_with_files(s, out, err) : begin(s, out, err);
	return session_status(s, status, err);
}
