#include "dbdump/pg/databases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/conn.h"
#include "xfer/base/buf.h"
#include "xfer/base/fd.h"

static const char list_sql[] =
	"SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <>"
	" 'postgres' ORDER BY datname::text COLLATE \"C\"";
/* A name that is said may also be one that a pattern does not reach. */
static const char all_sql[] =
	"SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname::text COLLATE \"C\"";

/* NULL: it is a pattern, or there is no memory. */
static char *plain_name(const char *pattern)
{
	char *name = malloc(strlen(pattern) + 1);
	if (name && uri_pattern_is_name(pattern, name))
		return name;
	free(name);
	return NULL;
}

/* Any database will do to ask for the others; a role may have the right to connect to one alone. */
static int connect_any(struct conn *c, const struct conn_params *p, const struct uri *uri, struct err *err)
{
	static const char *const usual[] = { "postgres", "template1" };
	int r = -ENOENT;
	for (size_t i = 0; i < uri->databases.count && r; i++) {
		AUTO(fd_free_buffer) char *name = plain_name(uri->databases.at[i]);
		if (name)
			r = pg_open(c, p, name, NULL, err);
		if (r == -EACCES || r == -ECONNREFUSED)
			return r;
	}
	for (size_t i = 0; i < 2 && r; i++)
		r = pg_open(c, p, usual[i], NULL, err);
	return r;
}

static int take(struct strings *out, PGresult *rows, const char *pattern)
{
	for (int i = 0; i < PQntuples(rows); i++) {
		const char *name = pg_cell(rows, i, 0);
		if ((!pattern || uri_pattern_matches(pattern, name)) && strings_add(out, name, strlen(name)))
			return -ENOMEM;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two patterns may mean the same database. */
static void sort_unique(struct strings *list)
{
	if (!list->count)
		return;
	qsort(list->at, list->count, sizeof *list->at, by_name);
	size_t kept = 1;
	for (size_t i = 1; i < list->count; i++) {
		char *name = list->at[i];
		if (!strcmp(name, list->at[kept - 1]))
			continue;
		list->at[i] = list->at[kept];
		list->at[kept++] = name;
	}
	strings_cut(list, kept);
}

static int match(struct strings *out, struct conn *c, const struct uri *uri, struct err *err)
{
	AUTO(conn_clearp) PGresult *listed = NULL, *all = NULL;
	int r = conn_query(&listed, c, "databases", list_sql, err);
	if (!r)
		r = conn_query(&all, c, "databases", all_sql, err);
	if (!r && !uri->databases.count)
		r = take(out, listed, NULL);
	for (size_t i = 0; !r && i < uri->databases.count; i++) {
		const char *pattern = uri->databases.at[i];
		AUTO(fd_free_buffer) char *name = plain_name(pattern);
		size_t before = out->count;
		r = take(out, name ? all : listed, pattern);
		if (!r && name && out->count == before)
			return err_say(err, -ENOENT, "%s: there is no database \"%s\"", uri->shown, name);
	}
	return r == -ENOMEM ? err_set(err, r, "%s", uri->shown) : r;
}

int databases_matching(struct strings *out, const struct uri *uri, const struct options *o, struct err *err)
{
	(void)o;
	struct conn_params p = { 0 };
	struct conn c = { 0 };
	int r = conn_params_of(&p, uri, err);
	if (!r)
		r = connect_any(&c, &p, uri, err);
	if (!r)
		r = match(out, &c, uri, err);
	pg_close(&c);
	conn_params_fini(&p);
	if (r)
		strings_fini(out);
	else
		sort_unique(out);
	return r;
}
