#include "dbdump/my/session.h"

#include <errno.h>
#include <mysqld_error.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/admit.h"
#include "dbdump/my/bulk.h"
#include "dbdump/my/columns.h"
#include "dbdump/my/mark.h"
#include "dbdump/my/privileges.h"
#include "dbdump/my/spaces.h"

const char *session_target_name(const struct session *s, const char *database)
{
	return s->job.role == ROLE_SOURCE ? options_renamed(s->job.options, database) : database;
}

const char *session_schema(const struct session *s, const struct table *t)
{
	return s->job.role == ROLE_SOURCE ? t->schema : table_own(t)->target;
}

/* What the options' patterns call this database: its name at the source. */
static const char *source_name(const struct session *s, const char *database)
{
	const struct strings *r = &s->job.options->renames;
	if (s->job.role != ROLE_SOURCE)
		for (size_t i = 0; i + 1 < r->count; i += 2)
			if (!strcmp(r->at[i + 1], database))
				return r->at[i];
	return database;
}

bool session_wants(const struct session *s, const char *database, const char *table)
{
	return !my_mark_is_table(table) &&
	       options_want_table(s->job.options, source_name(s, database), table);
}

bool session_is_partial(const struct session *s)
{
	return s->job.options->only_tables.count > 0;
}

void session_warn(const struct session *s, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n >= 0 && s->job.warn)
		s->job.warn(s->job.ctx, text);
}

int session_status(struct session *s, int status, struct err *err)
{
	if (status < 0 && atomic_load(&s->cancelled))
		return err_say(err, -EINTR, "%s: interrupted", s->job.uri->shown);
	return status;
}

static int open_links(struct session *s, struct err *err)
{
	for (unsigned i = 0; i < s->job.connections; i++) {
		struct link *l = &s->links[i];
		int status = conn_open(&l->conn, s->job.uri, s->job.role == ROLE_TARGET, err);
		if (status)
			return status;
		l->id = mysql_thread_id(l->conn.db);
	}
	return 0;
}

/* A server whose log is of statements refuses many rows at once (its error 4033), values of sequences, and more. So what we do
 * is logged by rows, where the account may ask for that. *bound: it may not. */
static int log_by_rows(bool *bound, struct session *s, struct err *err)
{
	char statements[8];
	int status = conn_value(&s->control, statements, sizeof statements, err,
				"SELECT @@log_bin AND @@sql_log_bin AND @@binlog_format = 'STATEMENT'");
	*bound = false;
	for (unsigned i = 0; !status && !strcmp(statements, "1") && i < s->job.connections; i++)
		if (session_log_rows(&s->links[i].conn))
			*bound = true;
	s->logs_rows = !status && !strcmp(statements, "1") && !*bound;
	return status;
}

/* What keeps rows from going in many at once; NULL: nothing. */
static int bulk_hindrance(const char **why, struct session *s, struct err *err)
{
	bool bound = false;
	int status = s->control.mariadb ? log_by_rows(&bound, s, err) : 0;
	*why = bulk_is_understood(&s->control) ? NULL : "it, or what stands before it, does not take rows so";
	if (bound)
		*why = "binlog_format is STATEMENT there, and the account may not set it (BINLOG ADMIN)";
	return status;
}

static enum way way_of(const struct session *s, const char *hindrance)
{
	const char *wanted = uri_param(s->job.uri, "rows");
	if (wanted)
		return !strcmp(wanted, "bulk") ? WAY_BULK : !strcmp(wanted, "file") ? WAY_FILE : WAY_INSERT;
	return !hindrance ? WAY_BULK : s->files ? WAY_FILE : WAY_INSERT;
}

static void warn_of_way(const struct session *s, const char *hindrance)
{
	if (s->way != WAY_BULK && hindrance && s->control.mariadb && !uri_param(s->job.uri, "rows"))
		session_warn(s, "rows go in by %s, which takes longer than many at once: %s",
			     s->way == WAY_FILE ? "LOAD DATA LOCAL" : "INSERT", hindrance);
	if (s->way == WAY_INSERT && !s->files)
		session_warn(
			s,
			"local_infile is OFF at the destination, so rows go in by INSERT, which takes longer: "
			"SET GLOBAL local_infile = ON there makes it fast");
}

/* How rows go in: the fastest way that there is. What sends a file to a server may be forbidden there, by MySQL 8 unless somebody
 * allows it. */
static int choose_way(struct session *s, struct err *err)
{
	char allowed[8], packet[32];
	const char *hindrance = NULL;
	int status = conn_value(&s->control, allowed, sizeof allowed, err, "SELECT @@local_infile");
	if (!status)
		status = conn_value(&s->control, packet, sizeof packet, err, "SELECT @@max_allowed_packet");
	if (!status)
		status = bulk_hindrance(&hindrance, s, err);
	if (!status)
		s->packet = strtoull(packet, NULL, 10);
	if (status || s->job.options->schema_only)
		return status;
	s->files = !strcmp(allowed, "1");
	s->way = way_of(s, hindrance);
	if (s->way == WAY_BULK && hindrance)
		return err_say(err, -EPROTONOSUPPORT, "%s: rows=bulk: %s", s->control.shown, hindrance);
	if (s->way == WAY_FILE && !s->files)
		return err_say(err, -EPERM, "%s: rows=file: local_infile is OFF there", s->control.shown);
	warn_of_way(s, hindrance);
	return 0;
}

static int open_target(struct session *s, struct err *err)
{
	int status = my_check_names(s, err);
	if (!status)
		status = choose_way(s, err);
	if (!status)
		status = my_check_empty(s, err);
	return status ? status : session_guard(s, err);
}

int session_log_rows(struct conn *c)
{
	return conn_run(c, NULL, "SET SESSION binlog_format = ROW");
}

int my_open(struct session **out, const struct session_job *job, struct err *err)
{
	struct session *s = calloc(1, sizeof *s);
	if (!s || !(s->links = calloc(job->connections ? job->connections : 1, sizeof *s->links))) {
		free(s);
		return err_set(err, -ENOMEM, "%s", job->uri->shown);
	}
	s->job = *job;
	pthread_mutex_init(&s->aside_lock, NULL);
	pthread_mutex_init(&s->mark_lock, NULL);
	int status = conn_open(&s->control, job->uri, false, err);
	if (!status) {
		s->control_id = mysql_thread_id(s->control.db);
		status = open_links(s, err);
	}
	if (!status)
		status = privileges_check(s, err);
	if (!status)
		status = job->role == ROLE_TARGET ? open_target(s, err) : my_mark_warn(s, err);
	if (status) {
		my_close(s);
		return status;
	}
	*out = s;
	return 0;
}

static void end_work(struct session *s)
{
	if (s->spaces && s->job.role == ROLE_TARGET)
		spaces_free(s->spaces);
	else if (s->spaces)
		spaces_leave(s->spaces);
	s->spaces = NULL;
	for (unsigned i = 0; i < s->job.connections; i++) {
		struct link *l = &s->links[i];
		/* what was cancelled has been stopped, or its server is silent */
		if (l->res && !atomic_load(&s->cancelled))
			my_stop_link(s, l);
		mysql_free_result(l->res);
		l->res = NULL;
		conn_close(&l->conn);
	}
}

int session_alone(struct session *s, struct err *err)
{
	end_work(s);
	conn_close(&s->control);
	return conn_open(&s->control, s->job.uri, false, err);
}

void my_close(struct session *s)
{
	if (!s)
		return;
	end_work(s);
	conn_close(&s->control);
	conn_close(&s->aside);
	pthread_mutex_destroy(&s->aside_lock);
	pthread_mutex_destroy(&s->mark_lock);
	strings_fini(&s->before);
	code_fini(&s->code);
	accounts_fini(&s->accounts);
	roles_fini(&s->roles);
	free(s->links);
	free(s);
}

int my_info(struct session *s, struct server_info *out, struct err *err)
{
	*out = (struct server_info){ 0 };
	int status = conn_value(&s->control, out->version, sizeof out->version, err, "SELECT VERSION()");
	for (size_t i = 0; !status && i < s->job.databases->count; i++) {
		char bytes[32];
		status = conn_value(
			&s->control, bytes, sizeof bytes, err,
			"SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES "
			"WHERE TABLE_SCHEMA = %q",
			s->job.databases->at[i]);
		out->disk_bytes += strtoull(bytes, NULL, 10);
	}
	return session_status(s, status, err);
}

/* A server hangs up on who sends it more than it takes, in the name of all that comes behind. */
static int check_length(const struct session *s, const struct statement *st, struct err *err)
{
	for (size_t i = 0; i < st->sql.count; i++) {
		size_t len = strlen(st->sql.at[i]);
		if (len >= s->packet)
			return err_say(
				err, -EIO,
				"%s: a statement of %zu bytes is too long: max_allowed_packet is %zu there",
				s->job.uri->shown, len, s->packet);
	}
	return 0;
}

int my_execute(struct session *s, unsigned conn, const struct statement *st, struct err *err)
{
	struct conn *c = &s->links[conn].conn;
	int status = check_length(s, st, err);
	if (!status)
		status = admit(st, s->job.databases, s->job.options->allow_outside, err);
	if (!status)
		status = roles_check(&s->roles, c, st, err);
	if (status)
		return session_status(s, status, err);
	for (size_t i = 0; !status && i < st->sql.count; i++) {
		status = conn_send(c, st->sql.at[i], strlen(st->sql.at[i]), err);
		if (status && my_resume_forgives(s, conn_errno(c)))
			status = 0;
	}
	if (!status)
		status = roles_note(&s->roles, st, err);
	if (status && conn_errno(c) == ER_NO_SUCH_USER)
		err_say(err, status, "%s; --users copies accounts, --definer puts others in their place",
			mysql_error(c->db));
	/* most of those that are several begin by setting what the session is to be like */
	if (st->sql.count > 1 && status != -ECONNRESET) {
		int settled = conn_settings(c, status ? NULL : err);
		status = status ? status : settled;
	}
	return session_status(s, status, err);
}
