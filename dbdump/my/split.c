#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

/* Unsigned keys, and signed ones moved up by 2^63, in one kind of arithmetic. */
struct range {
	bool is_unsigned;
	uint64_t low, high;
};

enum { PARTS_MOST = 4096 };

static uint64_t to_line(const struct range *r, const char *text)
{
	return r->is_unsigned ? strtoull(text, NULL, 10)
			      : (uint64_t)strtoll(text, NULL, 10) + ((uint64_t)1 << 63);
}

static void add_key(struct buf *b, const struct range *r, uint64_t at)
{
	if (r->is_unsigned)
		sql_add(b, "%U", at);
	else
		sql_add(b, "%d", (int64_t)(at - ((uint64_t)1 << 63)));
}

/* [.., bounds[0]) [bounds[0], bounds[1]) .. [bounds[n-1], ..]: open at both ends, so that no row can be outside. */
static int add_parts(struct parts *out, const char *column, const struct range *r, const uint64_t *bounds,
		     size_t n)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	for (size_t i = 0; i <= n; i++) {
		if (i > 0) {
			sql_add(&b, "%i >= ", column);
			add_key(&b, r, bounds[i - 1]);
		}
		if (i < n) {
			sql_add(&b, i > 0 ? " AND %i < " : "%i < ", column);
			add_key(&b, r, bounds[i]);
		}
		const char *text = sql_text(&b);
		if (!text || strings_add(&out->where, text, b.len))
			return -ENOMEM;
		buf_clear(&b);
	}
	return 0;
}

/* Rows that the server expects in [low, high): from its index, not by counting. */
static int estimate(struct session *s, const struct table *t, const struct range *r, uint64_t *rows,
		    struct err *err)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	AUTO(rows_fini) struct rows res = { 0 };
	const char *column = table_own(t)->range_column;
	add_key(&b, r, r->low);
	sql_add(&b, " AND %i < ", column);
	add_key(&b, r, r->high);
	const char *between = sql_text(&b);
	if (!between)
		return err_set(err, -ENOMEM, "parts of a table");
	int status = conn_select(&s->control, &res, err,
				 "EXPLAIN SELECT * FROM %i.%i FORCE INDEX (PRIMARY) WHERE %i >= %s",
				 session_schema(s, t), t->name, column, between);
	*rows = 0;
	if (!status && rows_next(&res)) {
		for (unsigned i = 0; i < res.columns; i++)
			if (!strcmp(mysql_fetch_field_direct(res.res, i)->name, "rows"))
				*rows = strtoull(res.at[i], NULL, 10);
	}
	return status;
}

struct cut {
	uint64_t *bounds;
	size_t count;
	uint64_t rows_a_part;
	unsigned asked; /* of the server: bounded, however the keys lie */
};

/* Halves what holds too many rows until it does not: keys may be sparse, with most of them in a corner. */
static int cut(struct session *s, const struct table *t, struct range r, struct cut *c, struct err *err)
{
	uint64_t rows = 0;
	if (c->count + 1 >= PARTS_MOST || c->asked++ >= 4 * PARTS_MOST || r.high - r.low < 2)
		return 0;
	int status = estimate(s, t, &r, &rows, err);
	if (status || rows <= c->rows_a_part + c->rows_a_part / 2)
		return status;
	struct range lower = r, upper = r;
	lower.high = upper.low = r.low + (r.high - r.low) / 2;
	status = cut(s, t, lower, c, err);
	if (status)
		return status;
	c->bounds[c->count++] = upper.low;
	return cut(s, t, upper, c, err);
}

/* The least and the greatest key there are at this moment; false: there is none. */
static int read_ends(struct session *s, const struct table *t, struct range *r, bool *any, struct err *err)
{
	AUTO(rows_fini) struct rows res = { 0 };
	const char *column = table_own(t)->range_column;
	int status = conn_select(&s->control, &res, err, "SELECT MIN(%i), MAX(%i) FROM %i.%i", column, column,
				 session_schema(s, t), t->name);
	*any = !status && rows_next(&res) && !rows_null(&res, 0) && !rows_null(&res, 1);
	if (*any) {
		r->low = to_line(r, res.at[0]);
		r->high = to_line(r, res.at[1]);
	}
	return status;
}

static int split_by_range(struct session *s, const struct table *t, uint64_t bytes, struct parts *out,
			  struct err *err)
{
	struct my_table *own = table_own(t);
	struct range r = { .is_unsigned = own->range_unsigned };
	bool any;
	int status = read_ends(s, t, &r, &any, err);
	if (status || !any)
		return status;
	struct cut c = { .rows_a_part = t->rows / (t->data_bytes / bytes + 1) + 1 };
	AUTO(fd_free_buffer) uint64_t *bounds = calloc(PARTS_MOST, sizeof *bounds);
	if (!bounds)
		return err_set(err, -ENOMEM, "parts of a table");
	c.bounds = bounds;
	status = cut(s, t, r, &c, err);
	if (!status && add_parts(out, own->range_column, &r, c.bounds, c.count))
		status = err_set(err, -ENOMEM, "parts of a table");
	return status;
}

int my_split(struct session *s, const struct table *t, uint64_t bytes, struct parts *out, struct err *err)
{
	struct my_table *own = table_own(t);
	int status = 0;
	*out = (struct parts){ 0 };
	if (own->range_column && own->innodb && t->data_bytes / 2 > bytes)
		status = split_by_range(s, t, bytes, out, err);
	if (!status && out->where.count == 0 && strings_add(&out->where, "", 0))
		status = err_set(err, -ENOMEM, "parts of a table");
	if (status) {
		strings_fini(&out->where);
		err_context(err, "table %s.%s", t->schema, t->name);
	}
	return session_status(s, status, err);
}
