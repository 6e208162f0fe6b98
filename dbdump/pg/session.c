#include "dbdump/pg/session.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/humble.h"
#include "dbdump/pg/mark.h"
#include "dbdump/pg/mend.h"
#include "dbdump/pg/read.h"
#include "dbdump/pg/text.h"

void pg_warn(struct session *s, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (s->job.warn)
		s->job.warn(s->job.ctx, text);
}

/* pg_open, for a connection that another thread may look at. */
static int connect_to(struct session *s, struct conn *c, const char *database, struct err *err)
{
	struct conn opened;
	int r = pg_open(&opened, &s->params, database, &s->stop, err);
	pthread_mutex_lock(&s->cancel_lock);
	*c = opened;
	pthread_mutex_unlock(&s->cancel_lock);
	return r;
}

int session_open_maintenance(struct session *s, struct conn *c, struct err *err)
{
	int r = connect_to(s, c, "postgres", err);
	return r == -ENOENT ? connect_to(s, c, "template1", err) : r;
}

/* Settings of those that write. All connections are at work already: a server that has processes of its own help with each index
 * takes more processor time, for the runs that they write and the leader reads again, and more than --jobs allows. */
static int as_loader(struct session *s, struct conn *c, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_add(
		&sql,
		"SET synchronous_commit = off; SET max_parallel_maintenance_workers = 0;"
		"SELECT pg_catalog.set_config('maintenance_work_mem', '128MB', false)"
		" WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')) < 134217728;");
	if (s->job.options->toast) {
		text_add(&sql, "SET default_toast_compression = ");
		text_value(&sql, s->job.options->toast);
		text_add(&sql, ";");
	}
	int r = pg_run(c, "settings", text_of(&sql), err);
	/* rows of tables that have their foreign keys and triggers already come in any order */
	if (!r && s->job.options->data_only &&
	    pg_run(c, "settings", "SET session_replication_role = replica", NULL))
		pg_warn(s,
			"%s: may not set session_replication_role: triggers and foreign keys act on what is copied",
			c->where);
	return r;
}

static int open_one(struct session *s, struct conn *c, struct err *err)
{
	int r = connect_to(s, c, s->database, err);
	if (!r && s->job.role == ROLE_TARGET)
		r = as_loader(s, c, err);
	if (!r) {
		pthread_mutex_lock(&s->load_lock);
		s->pids[s->pids_count++] = c->pid;
		pthread_mutex_unlock(&s->load_lock);
	}
	return r;
}

void session_drop(struct session *s, struct conn *c)
{
	int pid = c->pid;
	pthread_mutex_lock(&s->cancel_lock);
	pg_close(c);
	pthread_mutex_unlock(&s->cancel_lock);
	pthread_mutex_lock(&s->load_lock);
	for (unsigned i = 0; pid && i < s->pids_count; i++)
		if (s->pids[i] == pid) {
			s->pids[i] = s->pids[--s->pids_count];
			break;
		}
	pthread_mutex_unlock(&s->load_lock);
}

int session_reopen(struct session *s, struct conn *c, struct err *err)
{
	session_drop(s, c);
	int r = open_one(s, c, err);
	if (r)
		session_drop(s, c);
	return r;
}

int session_connect(struct session *s, struct err *err)
{
	int r = open_one(s, &s->control, err);
	if (!r && conn_params_pin(&s->params, &s->control))
		r = err_set(err, -ENOMEM, "%s", s->control.where);
	if (!r)
		r = open_one(s, &s->watch, err);
	for (unsigned i = 0; !r && i < s->job.connections; i++) {
		r = open_one(s, &s->conns[i], err);
		if (!r && s->job.role == ROLE_TARGET)
			r = mend_guard(s, i, err);
	}
	if (!r)
		s->major = conn_major(&s->control);
	return r;
}

void session_disconnect(struct session *s)
{
	pthread_mutex_lock(&s->cancel_lock);
	for (unsigned i = 0; i < s->job.connections; i++)
		pg_close(&s->conns[i]);
	pg_close(&s->watch);
	pg_close(&s->control);
	pthread_mutex_unlock(&s->cancel_lock);
	pthread_mutex_lock(&s->load_lock);
	pg_close(&s->load);
	s->pids_count = 0;
	pthread_mutex_unlock(&s->load_lock);
}

static int prepare_memory(struct session *s)
{
	s->conns = calloc(s->job.connections, sizeof *s->conns);
	s->humble = calloc(s->job.connections, sizeof *s->humble);
	s->readers = calloc(s->job.connections, sizeof *s->readers);
	s->pids = calloc(s->job.connections + 3, sizeof *s->pids);
	s->shares = calloc(s->job.connections + 1, sizeof *s->shares);
	s->database = strdup(s->job.databases->at[0]);
	return s->conns && s->humble && s->readers && s->pids && s->shares && s->database ? 0 : -ENOMEM;
}

/* Of a database of which only some tables, or their rows, are asked for the others must stay, and what stands on them. */
bool session_replaces(const struct session *s)
{
	const struct options *o = s->job.options;
	return o->drop_existing && !o->data_only && !o->only_tables.count && !o->exclude_tables.count;
}

/* A target's database may have to be made first: then only the server is looked at. */
static int connect_target(struct session *s, struct err *err)
{
	int r = session_connect(s, err);
	s->there = !r;
	if (!r && !session_replaces(s))
		return session_check_empty(s, err);
	if (r != -ENOENT || s->job.options->data_only)
		return r;
	session_disconnect(s);
	r = session_open_maintenance(s, &s->control, err);
	s->major = r ? 0 : conn_major(&s->control);
	return r;
}

int session_open(struct session **out, const struct session_job *job, struct err *err)
{
	CHECK(job->databases->count == 1 && job->connections > 0);
	struct session *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "%s", job->uri->shown);
	s->job = *job;
	pthread_mutex_init(&s->watch_lock, NULL);
	pthread_mutex_init(&s->load_lock, NULL);
	pthread_mutex_init(&s->role_lock, NULL);
	pthread_mutex_init(&s->humble_lock, NULL);
	pthread_mutex_init(&s->child_lock, NULL);
	pthread_mutex_init(&s->cancel_lock, NULL);
	int r = prepare_memory(s);
	if (r)
		err_set(err, r, "%s", job->uri->shown);
	else
		r = conn_params_of(&s->params, job->uri, err);
	if (!r)
		r = job->role == ROLE_TARGET ? connect_target(s, err) : session_connect(s, err);
	if (!r && job->role != ROLE_TARGET)
		r = pg_mark_warn(s, err);
	if (r)
		session_close(s);
	else
		*out = s;
	return r;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	humble_end(s);
	if (s->conns && s->pids)
		session_disconnect(s);
	for (size_t i = 0; i < s->sequence_count; i++) {
		free(s->sequences[i].schema);
		free(s->sequences[i].name);
		free(s->sequences[i].value);
	}
	free(s->sequences);
	for (unsigned i = 0; s->shares && i <= s->job.connections; i++)
		free(s->shares[i]);
	free(s->shares);
	strings_fini(&s->excluded);
	strings_fini(&s->roles);
	conn_params_fini(&s->params);
	pthread_mutex_destroy(&s->watch_lock);
	pthread_mutex_destroy(&s->load_lock);
	pthread_mutex_destroy(&s->role_lock);
	pthread_mutex_destroy(&s->humble_lock);
	pthread_mutex_destroy(&s->child_lock);
	pthread_mutex_destroy(&s->cancel_lock);
	free(s->readers);
	free(s->conns);
	free(s->humble);
	free(s->pids);
	free(s->snapshot);
	free(s->database);
	free(s);
}

int session_info(struct session *s, struct server_info *out, struct err *err)
{
	*out = (struct server_info){ 0 };
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_add(
		&sql,
		"SELECT pg_catalog.version(), pg_catalog.pg_database_size(oid) FROM pg_catalog.pg_database WHERE"
		" datname = ");
	text_value(&sql, s->database);
	int r = conn_query(&rows, &s->control, "size", text_of(&sql), err);
	if (r)
		return r;
	snprintf(out->version, sizeof out->version, "PostgreSQL %s",
		 PQparameterStatus(s->control.pg, "server_version"));
	if (PQntuples(rows))
		out->disk_bytes = strtoull(pg_cell(rows, 0, 1), NULL, 10);
	return 0;
}

/* What runs at the server and is not ours. */
static unsigned busy_others(struct session *s)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_add(&sql,
		 "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND backend_type ="
		 " 'client backend' AND pid <> pg_catalog.pg_backend_pid() AND pid <> ALL ('{");
	for (unsigned i = 0; i < s->pids_count; i++)
		text_format(&sql, "%s%d", i ? "," : "", s->pids[i]);
	text_add(&sql, "}'::int[])");
	char *count = NULL;
	if (pg_value(&count, &s->load, "load", text_of(&sql), NULL))
		return 0;
	unsigned n = (unsigned)strtoul(count, NULL, 10);
	free(count);
	return n;
}

unsigned session_load(struct session *s)
{
	unsigned n = 0;
	pthread_mutex_lock(&s->load_lock);
	if (s->load.pg && PQstatus(s->load.pg) != CONNECTION_OK)
		pg_close(&s->load);
	if (s->load.pg || !session_open_maintenance(s, &s->load, NULL))
		n = busy_others(s);
	pthread_mutex_unlock(&s->load_lock);
	return n;
}

static void cancel_one(struct conn *c)
{
	if (c->cancel)
		cancel_start(c->cancel);
}

void session_cancel(struct session *s)
{
	atomic_store(&s->stop, true);
	pthread_mutex_lock(&s->cancel_lock);
	cancel_one(&s->control);
	cancel_one(&s->watch);
	for (unsigned i = 0; i < s->job.connections; i++)
		cancel_one(&s->conns[i]);
	pthread_mutex_unlock(&s->cancel_lock);
	pthread_mutex_lock(&s->child_lock);
	if (s->child > 0)
		kill(s->child, SIGTERM);
	pthread_mutex_unlock(&s->child_lock);
}
