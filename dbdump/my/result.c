#include "dbdump/my/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/sockets.h"

enum { HEAD = 4 };

static char nothing[] = "";

/* To read to the end of what has none takes for ever, and nobody can go on before that. */
static int give_up(MYSQL *db, MYSQL_RES *res)
{
	sockets_end((int)mysql_get_socket(db));
	mysql_free_result(res);
	return -EMSGSIZE;
}

static void keep_value(struct buf *b, const char *value, unsigned long n)
{
	buf_u32(b, value ? (uint32_t)n + 1 : 0);
	if (value)
		buf_bytes(b, value, n);
	buf_u8(b, '\0');
}

static bool keep_row(struct rows *r, MYSQL_ROW row, const unsigned long *len)
{
	for (unsigned i = 0; i < r->columns; i++) {
		if (row[i] && len[i] >= r->data.limit)
			return false;
		keep_value(&r->data, row[i], len[i]);
	}
	return !r->data.failed;
}

int rows_take(struct rows *out, MYSQL *db, size_t most)
{
	MYSQL_ROW row;
	*out = (struct rows){ .data = { .limit = most } };
	MYSQL_RES *res = mysql_use_result(db);
	if (!res)
		return -EIO;
	out->columns = mysql_num_fields(res);
	out->at = calloc((size_t)out->columns + ROWS_LEAST, sizeof *out->at);
	out->len = calloc((size_t)out->columns + ROWS_LEAST, sizeof *out->len);
	int status = out->at && out->len ? 0 : give_up(db, TAKE(res));
	while (!status && (row = mysql_fetch_row(res)) != NULL)
		if (!keep_row(out, row, mysql_fetch_lengths(res)))
			status = give_up(db, TAKE(res));
	if (!status && mysql_errno(db))
		status = -EIO;
	out->res = res;
	if (status)
		rows_fini(out);
	return status;
}

int rows_pass(MYSQL *db)
{
	size_t passed = 0;
	MYSQL_RES *res = mysql_use_result(db);
	if (!res)
		return mysql_field_count(db) ? -EIO : 0;
	while (mysql_fetch_row(res)) {
		const unsigned long *len = mysql_fetch_lengths(res);
		unsigned columns = mysql_num_fields(res);
		for (unsigned i = 0; i < columns; i++)
			passed += len[i] + HEAD;
		if (passed > RESULT_MOST)
			return give_up(db, res);
	}
	mysql_free_result(res);
	return mysql_errno(db) ? -EIO : 0;
}

bool rows_next(struct rows *r)
{
	if (r->next >= r->data.len || !r->columns)
		return false;
	for (unsigned i = 0; i < r->columns + ROWS_LEAST; i++) {
		uint32_t n = 0;
		r->at[i] = nothing;
		r->len[i] = 0;
		if (i >= r->columns)
			continue;
		memcpy(&n, r->data.data + r->next, HEAD);
		r->next += HEAD;
		r->at[i] = (char *)r->data.data + r->next;
		r->len[i] = n ? n - 1 : 0;
		r->next += r->len[i] + 1;
	}
	return true;
}

void rows_rewind(struct rows *r)
{
	r->next = 0;
}

bool rows_null(const struct rows *r, unsigned column)
{
	uint32_t n = 0;
	if (column < r->columns)
		memcpy(&n, r->at[column] - HEAD, HEAD);
	return !n;
}

void rows_fini(struct rows *r)
{
	mysql_free_result(r->res);
	free(r->at);
	free(r->len);
	buf_fini(&r->data);
	*r = (struct rows){ 0 };
}
