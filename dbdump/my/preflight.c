#include "dbdump/my/preflight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/sql.h"

static void add_names(struct buf *sql, const struct strings *names)
{
	for (size_t i = 0; i < names->count; i++)
		sql_add(sql, i ? ", %q" : "%q", names->at[i]);
}

static int take(struct rows *r, struct answer *out)
{
	out->columns = r->columns;
	while (rows_next(r))
		for (size_t i = 0; i < out->columns; i++)
			if (strings_add(&out->cells, r->at[i], r->len[i]))
				return -ENOMEM;
	return 0;
}

static int ask(struct session *s, const char *sql, struct answer *out, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, "%s", sql);
	return !status && take(&r, out) ? err_set(err, -ENOMEM, "preflight") : status;
}

static int open_end(struct session *s, const struct session_job *job, struct look_server *out,
		    struct err *err)
{
	s->job = *job;
	int status = conn_open(&s->control, job->uri, false, err);
	if (!status)
		*out = (struct look_server){ s->control.version, mysql_get_server_info(s->control.db),
					     s->control.mariadb ? "MariaDB" : "MySQL" };
	return status;
}

static void close_end(struct session *s)
{
	conn_close(&s->control);
	accounts_fini(&s->accounts);
}

static int check_empty(struct session *s, const struct strings *databases, struct err *err)
{
	const struct strings *all = s->job.databases;
	s->job.databases = databases;
	int status = my_check_empty(s, err);
	s->job.databases = all;
	return status;
}

static bool replaces(const struct session *s)
{
	return s->job.options->drop_existing;
}

static int bytes(struct look *l, enum check_end end, uint64_t *bytes, struct err *err)
{
	static const char sql[] =
		"SELECT TABLE_SCHEMA, TABLE_NAME, COALESCE(DATA_LENGTH + INDEX_LENGTH, 0) FROM information_schema.TABLES WHERE"
		" TABLE_SCHEMA IN ($D) AND TABLE_TYPE <> 'VIEW'";
	AUTO(answer_fini) struct answer a = { 0 };
	int status = look_ask(l, end, sql, &a, err);
	for (size_t i = 0; !status && i < answer_rows(&a); i++)
		if (session_wants(l->at[end], answer_cell(&a, i, 0), answer_cell(&a, i, 1)))
			*bytes += strtoull(answer_cell(&a, i, 2), NULL, 10);
	return status;
}

static bool is_local(struct session *s)
{
	const char *way = mysql_get_host_info(s->control.db);
	return way && strstr(way, "socket");
}

/* Names in capital letters, and such that differ in nothing but their letters' case, where the destination has all names in small
 * ones. */
static int look_case(struct look *l, struct err *err)
{
	static const char sql[] = "SELECT @@lower_case_table_names";
	uint64_t source = 0, target = 0;
	int status = look_number(l, END_SOURCE, sql, &source, err);
	if (!status)
		status = look_number(l, END_TARGET, sql, &target, err);
	return status || source != 0 || target != 1
		       ? status
		       : checks_run(&l->asker, my_case_checks, my_case_check_count, err);
}

/* Of whichever database: the server does not say. */
static int look_prepared(struct look *l, struct err *err)
{
	static const struct check prepared = {
		.code = "prepared",
		.severity = SEVERITY_LIKELY,
		.kind = CHECK_SOURCE,
		.reason =
			"prepared and neither committed nor rolled back: what it did is not copied, and its locks may be waited for",
		.remedy = "XA COMMIT or XA ROLLBACK"
	};
	enum { NAME = 3 }; /* column, behind the format and the lengths of the name's two halves */
	AUTO(answer_fini) struct answer a = { 0 };
	int status = look_ask(l, END_SOURCE, "XA RECOVER", &a, err);
	for (size_t i = 0; !status && i < answer_rows(&a); i++)
		status = look_found(l, &prepared,
				    (const char *const[]){ "transaction", "", answer_cell(&a, i, NAME), "",
							   "" },
				    err);
	return status;
}

int my_preflight(const struct preflight_job *job, struct err *err)
{
	static const struct look_part parts[] = {
		{ "privilege", look_rights, false }, { "case", look_case, true },
		{ "reserved", look_reserved, true }, { "prepared", look_prepared, false },
		{ "rows", look_rows, true },	     { "mode", look_files, true },
		{ "outside", look_outside, false },
	};
	struct session ends[2] = { 0 };
	const struct look_engine engine = { .open = open_end,
					    .close = close_end,
					    .ask = ask,
					    .add_names = add_names,
					    .same = my_same,
					    .check_empty = check_empty,
					    .replaces = replaces,
					    .bytes = bytes,
					    .is_local = is_local,
					    .directory = "SELECT @@datadir",
					    .series = 100,
					    .beside = 2,
					    .tables_alone = true,
					    .checks = my_checks,
					    .check_count = my_check_count,
					    .parts = parts,
					    .part_count = sizeof parts / sizeof *parts };
	return look_run(&engine, (struct session *const[]){ &ends[0], &ends[1] }, job, err);
}
