#include "dbdump/pg/write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/database.h"
#include "dbdump/pg/humble.h"
#include "dbdump/pg/large.h"
#include "dbdump/pg/mark.h"
#include "dbdump/pg/resume.h"
#include "dbdump/pg/text.h"

/* Those that hold no slot elsewhere, as we make them, would keep the database from being dropped. */
static int drop_subscriptions(struct session *s, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	int r = conn_query(
		&rows, &s->control, "subscriptions",
		"SELECT subname FROM pg_subscription WHERE subslotname IS NULL AND subdbid = (SELECT oid FROM"
		" pg_database WHERE datname = current_database())",
		err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		text_start(&sql, "DROP SUBSCRIPTION ");
		text_name(&sql, pg_cell(rows, i, 0));
		r = pg_run(&s->control, "drop a subscription", text_of(&sql), err);
	}
	return r;
}

/* Who cannot make it again must not drop it, and who cannot make one that is not there need not begin. */
static int may_make_databases(struct session *s, struct err *err)
{
	char *may = NULL;
	int r = pg_value(
		&may, &s->control, "role",
		"SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", err);
	if (!r && (!may || *may != 't'))
		r = err_say(err, -EPERM, "%s: to %s database \"%s\" CREATEDB is needed", s->control.where,
			    s->there ? "replace" : "make", s->database);
	free(may);
	return r;
}

static int drop_database(struct session *s, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	session_disconnect(s);
	int r = session_open_maintenance(s, &s->control, err);
	if (r)
		return r;
	text_add(&sql, "DROP DATABASE ");
	text_name(&sql, s->database);
	r = pg_run(&s->control, "drop the database", text_of(&sql), err);
	s->there = r != 0;
	return r;
}

/* A database that is to be replaced goes now; what is made in its place says the script's first statement, which knows the
 * source's encoding and locale. */
int write_prepare(struct session *s, struct err *err)
{
	if (s->resumed) {
		s->marked = s->filled = true;
		return 0;
	}
	if (s->job.options->data_only)
		return pg_mark_make(s, err);
	bool replaces = s->there && session_replaces(s);
	int r = s->there && !replaces ? 0 : may_make_databases(s, err);
	if (!r && replaces)
		r = drop_subscriptions(s, err);
	return r || !replaces ? r : drop_database(s, err);
}

/* Of one that was there before nobody knows what else is its owner's: extensions, settings. What is to be replaced will be. */
int write_undo(struct session *s, struct err *err)
{
	bool own = false;
	if (s->filled)
		return err_say(err, -ENOTEMPTY,
			       "%s: it was there before the copy, which takes nothing out of it",
			       s->control.where);
	if (!s->made)
		return 0;
	atomic_store(&s->stop, false);
	humble_close(s);
	session_disconnect(s);
	int r = session_reopen(s, &s->control, err);
	if (r)
		return r == -ENOENT ? 0 : r;
	humble_end(s);
	r = pg_mark_is_own(s, &own, err);
	if (!r && !own)
		r = err_say(err, -ENOTEMPTY, "%s: it is not this copy's any more", s->control.where);
	if (!r)
		r = drop_subscriptions(s, err);
	return r ? r : drop_database(s, err);
}

/* One that is there already stays as it is. */
static int compare_database(struct session *s, const char *wanted, struct err *err)
{
	char *have = NULL;
	int r = database_create_sql(&have, &s->control, s->database, err);
	if (!r && strcmp(have, wanted) != 0)
		pg_warn(s, "%s: it was there already, and is not as the source's is: %s; wanted: %s",
			s->control.where, have, wanted);
	free(have);
	s->filled = !r;
	return r ? r : pg_mark_make(s, err);
}

static int make_database(struct session *s, const char *sql, struct err *err)
{
	int r = conn_run_one(&s->control, "make the database", sql, err);
	if (r)
		return r;
	session_disconnect(s);
	s->there = s->made = true;
	r = session_connect(s, err);
	return r ? r : pg_mark_make(s, err);
}

bool write_is_about_roles(const char *kind)
{
	return !strcmp(kind, "owner") || !strcmp(kind, "grant") || !strcmp(kind, "default privilege") ||
	       !strcmp(kind, "database setting") || !strcmp(kind, "user mapping") || !strcmp(kind, "policy");
}

/* What stands between the quotes of the server's message: the role, in whichever language. */
static bool role_in(const struct session *s, const struct statement *st, const struct err *err,
		    char out[64 + 1])
{
	size_t before = strlen(s->control.where) + 2 + strlen(st->kind);
	const char *quote = before < strlen(err->text) ? strchr(err->text + before, '"') : NULL;
	const char *end = quote ? strrchr(quote + 1, '"') : NULL;
	if (!end || end - quote - 1 > 64)
		return false;
	memcpy(out, quote + 1, (size_t)(end - quote - 1));
	out[end - quote - 1] = '\0';
	return *out;
}

static void warn_of_role(struct session *s, const char *role, bool missing)
{
	pthread_mutex_lock(&s->role_lock);
	bool known = false;
	for (size_t i = 0; i < s->roles.count; i++)
		known = known || !strcmp(s->roles.at[i], role);
	if (!known && !strings_add(&s->roles, role, strlen(role)))
		pg_warn(s,
			missing ? "%s: role \"%s\" is not there: what it owns belongs to \"%s\", what is granted to it"
				  " or made for it is not (--users makes the roles)"
				: "%s: may not give anything to role \"%s\": what it owns belongs to \"%s\"",
			s->control.where, role, PQuser(s->control.pg));
	pthread_mutex_unlock(&s->role_lock);
}

/* A failure that the user is told of, and that does not end the run: true. */
static bool is_forgiven(struct session *s, const struct statement *st, const struct err *err)
{
	char role[65] = "";
	/* the second is what SET SESSION AUTHORIZATION says */
	bool missing = conn_failed_as(err, "42704") || conn_failed_as(err, "22023");
	if (write_is_about_roles(st->kind) &&
	    (missing || (err->code == -EPERM && !strcmp(st->kind, "owner"))) && role_in(s, st, err, role)) {
		warn_of_role(s, role, missing);
		return true;
	}
	if (!strcmp(st->kind, "role") && (conn_failed_as(err, "42710") || conn_failed_as(err, "23505")))
		return true; /* it is there: it stays as it is */
	if (st->optional && err->code != -ECONNRESET && err->code != -EINTR) {
		pg_warn(s, "%s %s: %s", st->kind, st->name, err->text);
		return true;
	}
	return false;
}

static int execute(struct session *s, unsigned conn, const struct statement *st, struct err *err)
{
	if (!strcmp(st->kind, "database") && s->there)
		return compare_database(s, st->sql.at[0], err);
	if (!strcmp(st->kind, "database"))
		return make_database(s, st->sql.at[0], err);
	for (size_t i = 0; i < st->sql.count; i++) {
		int r = conn_run_one(&s->conns[conn], st->kind, st->sql.at[i], err);
		if (r && resume_forgives(s, err))
			r = 0;
		if (r && i) /* it may have become another role */
			pg_run(&s->conns[conn], st->kind, "RESET SESSION AUTHORIZATION", NULL);
		if (r)
			return r;
	}
	return 0;
}

int write_execute(struct session *s, unsigned conn, const struct statement *st, struct err *err)
{
	struct err own = { 0 }, *why = err ? err : &own;
	int r = execute(s, conn, st, why);
	if (r && is_forgiven(s, st, why))
		return 0;
	return r;
}

/* Tells the server that no more comes, or that all of it is void, and hears what became of it. */
static int end_copy(struct conn *c, const char *name, const char *why_not, uint64_t *rows, struct err *err)
{
	int r = 0;
	if (PQputCopyEnd(c->pg, why_not) < 0)
		r = conn_fail(c, NULL, name, err);
	for (PGresult *said; (said = conn_next(c));) {
		/* libpq had no memory to end it, and says so for ever; what comes next ends it */
		if (PQresultStatus(said) == PGRES_COPY_IN) {
			PQclear(said);
			return r;
		}
		if (PQresultStatus(said) == PGRES_COMMAND_OK && !strncmp(PQcmdStatus(said), "COPY", 4))
			*rows = strtoull(PQcmdTuples(said), NULL, 10);
		if (!r && PQresultStatus(said) != PGRES_COMMAND_OK) {
			r = conn_fail(c, said, name, why_not ? NULL : err);
			continue;
		}
		PQclear(said);
	}
	return r;
}

static int send_lines(struct session *s, struct conn *c, const char *name, struct feed *feed, struct err *err)
{
	const uint8_t *lines;
	size_t len;
	int more;
	while ((more = feed->next(feed, &lines, &len, err)) > 0) {
		if (atomic_load(&s->stop))
			return err_say(err, -EINTR, "%s: ended as asked", c->where);
		for (size_t piece; len; lines += piece, len -= piece) {
			piece = len < (1 << 20) ? len : 1 << 20;
			if (PQputCopyData(c->pg, (const char *)lines, (int)piece) != 1)
				return conn_fail(c, NULL, name, err);
		}
	}
	return more;
}

int write_rows(struct session *s, unsigned conn, const struct table *t, struct feed *feed, uint64_t *rows,
	       struct err *err)
{
	const struct pg_table *own = t->own;
	struct conn *c = NULL;
	if (own->large_objects)
		return large_write(s, conn, feed, rows, err);
	*rows = 0;
	int r = humble_conn(&c, s, conn, t, err);
	if (r)
		return r;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	/* one transaction, without a BEGIN: whatever fails of it, all of it is void */
	text_format(&sql, "COPY %s %s FROM STDIN;%s", own->quoted, own->columns,
		    c == &s->conns[conn] ? "" : "RESET ROLE;");
	pg_mark_part(&sql, s, feed);
	const char *text = text_of(&sql);
	PGresult *began = text ? conn_exec(c, text, false) : NULL;
	if (PQresultStatus(began) != PGRES_COPY_IN)
		return conn_fail(c, began, own->quoted, err);
	PQclear(began);
	r = send_lines(s, c, own->quoted, feed, err);
	int ended = end_copy(c, own->quoted, r ? "the rows cannot all be had" : NULL, rows, r ? NULL : err);
	r = r ? r : ended;
	/* (nobody waits for the end of what it had begun, as is done for the others) */
	return r == -ECONNRESET && c != &s->conns[conn] ? err->code = -ESTALE : r;
}
