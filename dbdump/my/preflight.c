#include "dbdump/my/preflight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/sql.h"

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "preflight");
}

static void add_names(struct buf *b, const struct strings *names)
{
	for (size_t i = 0; i < names->count; i++)
		sql_add(b, i ? ", %q" : "%q", names->at[i]);
}

/* The query with our words filled in. */
static void write_query(struct buf *b, const struct look *l, enum check_end end, const char *sql)
{
	for (const char *at; (at = strchr(sql, '$')) != NULL; sql = at + 2) {
		buf_bytes(b, sql, (size_t)(at - sql));
		if (at[1] == 'D')
			add_names(b, l->job->databases[end]);
		else
			sql_add(b, "%u", l->job->options->jobs + 2);
	}
	sql_add(b, "%s", sql);
}

static int take(struct rows *r, struct answer *out)
{
	out->columns = mysql_num_fields(r->res);
	while (rows_next(r))
		for (size_t i = 0; i < out->columns; i++)
			if (strings_add(&out->cells, r->at[i] ? r->at[i] : "", r->at[i] ? r->len[i] : 0))
				return -ENOMEM;
	return 0;
}

int look_ask(void *ctx, enum check_end end, const char *sql, struct answer *out, struct err *err)
{
	struct look *l = ctx;
	AUTO(buf_fini) struct buf query = { .limit = SQL_LIMIT };
	AUTO(rows_fini) struct rows r = { 0 };
	if (l->job->quit && *l->job->quit)
		return err_say(err, -EINTR, "interrupted");
	write_query(&query, l, end, sql);
	const char *text = sql_text(&query);
	int status = text ? conn_select(&l->at[end].control, &r, err, "%s", text) : no_memory(err);
	return status ? status : take(&r, out) ? no_memory(err) : 0;
}

int look_found(struct look *l, const struct check *c, const char *kind, const char *const names[2],
	       const char *const values[2], struct err *err)
{
	const char *const cells[] = { kind, names[0], names[1], values[0], values[1] };
	return checks_found(&l->asker, c, cells, sizeof cells / sizeof *cells, err);
}

int look_found_server(struct look *l, const struct check *c, const char *const values[2], struct err *err)
{
	return look_found(l, c, "server", (const char *const[]){ "", "" }, values, err);
}

/* Connects one end. One that is too old is a finding: *usable stays false. */
static int open_end(struct look *l, enum check_end end, bool *usable, struct err *err)
{
	static const struct check too_old[] = {
		{ .code = "version",
		  .kind = CHECK_SOURCE,
		  .reason = "$1",
		  .remedy = "upgrade it first, or copy with its own tools" },
		{ .code = "version", .kind = CHECK_TARGET, .reason = "$1", .remedy = "upgrade it first" },
	};
	struct session *s = &l->at[end];
	s->job = (struct session_job){ .uri = l->job->uris[end],
				       .options = l->job->options,
				       .databases = l->job->databases[end],
				       .role = end == END_SOURCE ? ROLE_SOURCE : ROLE_TARGET };
	struct err why = { 0 };
	int status = conn_open(&s->control, l->job->uris[end], false, &why);
	*usable = !status;
	if (status == -EPROTONOSUPPORT)
		return look_found_server(l, &too_old[end], (const char *const[]){ why.text, "" }, err);
	if (status)
		*err = why;
	else
		l->asker.version[end] = s->control.version;
	return status;
}

static int look_versions(struct look *l, struct err *err)
{
	static const struct check newer = {
		.code = "version",
		.severity = SEVERITY_LIKELY,
		.kind = CHECK_TARGET,
		.reason = "it is of $2, older than the source's $1: what that has "
			  "learned since is missing",
		.remedy = "take a destination of the source's version or a later one"
	};
	static const struct check other = {
		.code = "vendor",
		.severity = SEVERITY_LIKELY,
		.kind = CHECK_TARGET,
		.reason = "it is not of the source's kind, MariaDB or MySQL: $1, $2",
		.remedy = "rehearse the copy, and the applications on it"
	};
	struct conn *a = &l->at[END_SOURCE].control, *b = &l->at[END_TARGET].control;
	const char *const both[] = { mysql_get_server_info(a->db), mysql_get_server_info(b->db) };
	if (a->mariadb != b->mariadb)
		return look_found_server(l, &other, both, err);
	return a->version / 100 > b->version / 100 ? look_found_server(l, &newer, both, err) : 0;
}

/* What is there already, as copy would say it, of each database. */
static int look_empty(struct look *l, struct err *err)
{
	static const struct check full = {
		.code = "not-empty",
		.kind = CHECK_TARGET,
		.reason = "$1",
		.remedy = "drop it, --rename the copy, or replace it with --drop-existing"
	};
	struct session *s = &l->at[END_TARGET];
	const struct strings *all = s->job.databases;
	int status = 0;
	for (size_t i = 0; !status && i < all->count; i++) {
		const struct strings one = { &all->at[i], 1 };
		struct err why = { 0 };
		s->job.databases = &one;
		int found = my_check_empty(s, &why);
		if (found == -ENOTEMPTY)
			status = look_found(l, &full, "database", (const char *const[]){ "", all->at[i] },
					    (const char *const[]){ why.text, "" }, err);
		else if (found && checks_unseen(&l->asker, "not-empty", found, &why)) {
			*err = why;
			status = found;
		}
	}
	s->job.databases = all;
	return status;
}

/* The same server under two names. */
static int look_same(struct look *l, struct err *err)
{
	static const struct check same = {
		.code = "same-server",
		.kind = CHECK_TARGET,
		.reason = "it is the source's own server, where database $1 is what would be copied",
		.remedy = "name another server, or --rename the copy"
	};
	bool is = false;
	const struct strings *from = l->job->databases[END_SOURCE], *to = l->job->databases[END_TARGET];
	struct err why = { 0 };
	int status = my_same(&l->at[END_SOURCE], &l->at[END_TARGET], &is, &why);
	if (status && checks_unseen(&l->asker, "same-server", status, &why)) {
		*err = why;
		return status;
	}
	for (size_t i = 0; is && i < to->count; i++)
		for (size_t k = 0; k < from->count; k++)
			if (!strcmp(to->at[i], from->at[k]))
				return look_found_server(l, &same, (const char *const[]){ to->at[i], "" },
							 err);
	return 0;
}

/* Names that differ in nothing but their letters' case, where the destination does not tell these apart. */
static int look_case(struct look *l, struct err *err)
{
	char source[8] = "", target[8] = "";
	static const char sql[] = "SELECT @@lower_case_table_names";
	int status = conn_value(&l->at[END_SOURCE].control, source, sizeof source, err, sql);
	if (!status)
		status = conn_value(&l->at[END_TARGET].control, target, sizeof target, err, sql);
	if (status || strcmp(source, "0") != 0 || !strcmp(target, "0"))
		return status;
	return checks_run(&l->asker, my_case_checks, my_case_check_count, err);
}

static int look_checks(struct look *l, struct err *err)
{
	return checks_run(&l->asker, my_checks, my_check_count, err);
}

/* One that the servers refuse does not keep the others from looking. */
static int look_all(struct look *l, struct err *err)
{
	static const struct {
		const char *what;
		int (*look)(struct look *l, struct err *err);
		bool both; /* there has to be a target */
	} parts[] = {
		{ "version", look_versions, true },  { "checks", look_checks, false },
		{ "privilege", look_rights, false }, { "not-empty", look_empty, true },
		{ "same-server", look_same, true },  { "case", look_case, true },
		{ "reserved", look_reserved, true }, { "rows", look_rows, true },
		{ "disk", look_disk, true },
	};
	int status = 0;
	for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++) {
		struct err why = { 0 };
		if (parts[i].both && !l->asker.has_target)
			continue;
		status = parts[i].look(l, &why);
		if (status && (status = checks_unseen(&l->asker, parts[i].what, status, &why)))
			*err = why;
	}
	return status;
}

int my_preflight(const struct preflight_job *job, struct err *err)
{
	struct look l = { .job = job };
	bool source = false, target = false;
	l.asker = (struct asker){ .ask = look_ask, .ctx = &l, .options = job->options, .found = job->found };
	int status = open_end(&l, END_SOURCE, &source, err);
	if (!status && job->uris[END_TARGET])
		status = open_end(&l, END_TARGET, &target, err);
	l.asker.has_target = target;
	if (!status && source)
		status = look_all(&l, err);
	conn_close(&l.at[END_SOURCE].control);
	conn_close(&l.at[END_TARGET].control);
	return status;
}
