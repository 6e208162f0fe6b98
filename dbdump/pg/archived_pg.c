/* archived_pg.c - PostgreSQL, as archived.h wants it. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archived.h"
#include "dbdump/digest.h"
#include "dbdump/pg/catalog.h"
#include "dbdump/pg/large.h"
#include "dbdump/pg/text.h"
#include "dbdump/pg/write.h"
#include "xfer/base/fd.h"

enum { LARGE_PAGE = 2048 };

static void put_text(struct buf *out, const char *s)
{
	buf_string(out, s, strlen(s));
}

static char *get_text(struct reader *in)
{
	size_t len;
	const char *s = reader_string(in, &len, TEXT_LIMIT);
	in->failed = in->failed || (len && memchr(s, '\0', len));
	char *copy = in->failed ? NULL : strndup(s, len);
	in->failed = in->failed || !copy;
	return copy;
}

static void pg_pack(const struct table *t, struct buf *out)
{
	const struct pg_table *own = t->own;
	put_text(out, own->quoted);
	put_text(out, own->columns);
	buf_u8(out, own->large_objects);
	buf_varint(out, own->key_count);
	for (size_t i = 0; i < own->key_count; i++)
		buf_varint(out, own->key[i]);
}

static int pg_unpack(struct table *t, struct reader *in)
{
	struct pg_table *own = calloc(1, sizeof *own);
	if (!own)
		return -ENOMEM;
	t->own = own;
	AUTO(fd_free_buffer) char *quoted = get_text(in), *columns = get_text(in);
	own->large_objects = reader_u8(in);
	int r = own->large_objects ? large_name(t) : catalog_name(t);
	if (r)
		return r;
	/* they stand in what is run as they are: whatever it says, they are the names of this table */
	if (in->failed || strcmp(quoted, own->quoted) != 0 || strcmp(columns, own->columns) != 0)
		return -EBADMSG;
	uint64_t keys = reader_varint(in);
	if (in->failed || keys > t->column_count)
		return -EBADMSG;
	own->key = calloc(keys + 1, sizeof *own->key);
	if (!own->key)
		return -ENOMEM;
	for (own->key_count = 0; own->key_count < keys; own->key_count++) {
		own->key[own->key_count] = (size_t)reader_varint(in);
		if (own->key[own->key_count] >= t->column_count)
			return -EBADMSG;
	}
	return in->failed ? -EBADMSG : 0;
}

/* SQL for psql. */

static void add_settings(struct buf *out)
{
	text_add(
		out,
		"SELECT pg_catalog.set_config('client_encoding', CASE pg_catalog.current_setting('server_encoding')"
		" WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, false);\n"
		"SET standard_conforming_strings = on; SET check_function_bodies = off; SET search_path = '';\n"
		"SET DateStyle = 'ISO, MDY'; SET IntervalStyle = postgres; SET TimeZone = 'UTC'; SET lc_monetary = 'C';\n"
		"SET xmloption = content; SET row_security = off; SET client_min_messages = warning;\n"
		"SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;\n"
		"SET default_tablespace = ''; SET escape_string_warning = off; SET array_nulls = on;\n");
}

/* The name may be anything: what a shell or psql takes for something else is not said. */
static void pg_sql_begin(struct buf *out, const char *database)
{
	text_add(out, "-- Written by dbdump. For: psql -X -q -o /dev/null -d ");
	for (const char *c = database ? database : "postgres"; *c; c++)
		text_format(out, "%c", isalnum((unsigned char)*c) || strchr("_.-", *c) ? *c : '?');
	text_add(out, " -f\n"
		      "\\set ON_ERROR_STOP on\n");
	add_settings(out);
}

/* A value within libpq's keyword = 'value', and that in psql's double quotes. */
static void add_connect(struct buf *out, const char *database)
{
	AUTO(buf_fini) struct buf value;
	text_init(&value);
	text_add(&value, "dbname='");
	for (const char *c = database; *c; c++)
		text_format(&value, *c == '\'' || *c == '\\' ? "\\%c" : "%c", *c);
	text_add(&value, "'");
	const char *text = text_of(&value);
	out->failed = out->failed || !text;
	if (strpbrk(database, "\r\n")) { /* psql's own commands end where a line does */
		text_add(out, "-- connect to this database: its name has a line's end in it\n");
		return;
	}
	text_add(out, "\\connect -reuse-previous=on ");
	if (text)
		text_name(out, text);
	text_add(out, "\n");
	add_settings(out);
}

static void pg_sql_statement(struct buf *out, const struct statement *st)
{
	bool forgiven = st->optional || write_is_about_roles(st->kind) || !strcmp(st->kind, "role");
	if (forgiven)
		text_add(out, "\\set ON_ERROR_STOP off\n");
	for (size_t i = 0; i < st->sql.count; i++) {
		text_add(out, st->sql.at[i]);
		text_add(out, ";\n");
	}
	if (forgiven)
		text_add(out, "\\set ON_ERROR_STOP on\n");
	if (!strcmp(st->kind, "database"))
		add_connect(out, st->name);
}

static void pg_sql_rows_begin(struct buf *out, const struct table *t)
{
	const struct pg_table *own = t->own;
	if (own->large_objects)
		text_add(out, "BEGIN;\n");
	else
		text_format(out, "COPY %s %s FROM stdin;\n", own->quoted, own->columns);
}

static bool is_hex(const uint8_t *at, const uint8_t *end)
{
	bool hex = end - at >= 3 && !memcmp(at, "\\\\x", 3);
	for (at += 3; hex && at < end; at++)
		hex = (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f');
	return hex;
}

/* "data<tab>object<tab>page": the data with its backslash doubled, as COPY has it. */
static void add_page(struct buf *out, const uint8_t *line, size_t len)
{
	const uint8_t *tab = memchr(line, '\t', len), *end = line + len;
	const uint8_t *second = tab ? memchr(tab + 1, '\t', (size_t)(end - tab - 1)) : NULL;
	if (!second || !is_hex(line, tab)) {
		out->failed = true;
		return;
	}
	text_format(out, "SELECT pg_catalog.lo_put(%lu, %lu * %d, '",
		    strtoul((const char *)tab + 1, NULL, 10), strtoul((const char *)second + 1, NULL, 10),
		    LARGE_PAGE);
	buf_bytes(out, line + 1, (size_t)(tab - line - 1));
	text_add(out, "');\n");
}

static void pg_sql_rows(struct buf *out, const struct table *t, const uint8_t *lines, size_t len)
{
	const struct pg_table *own = t->own;
	if (!own->large_objects) {
		buf_bytes(out, lines, len);
		return;
	}
	for (size_t at = 0, n; at < len; at += n) {
		n = line_length(lines + at, len - at);
		add_page(out, lines + at, n);
	}
}

static void pg_sql_rows_end(struct buf *out, const struct table *t)
{
	const struct pg_table *own = t->own;
	text_add(out, own->large_objects ? "COMMIT;\n" : "\\.\n");
}

const struct archived archived_postgresql = {
	.pack = pg_pack,
	.unpack = pg_unpack,
	.free_own = catalog_free_own,
	.sql_begin = pg_sql_begin,
	.sql_statement = pg_sql_statement,
	.sql_rows_begin = pg_sql_rows_begin,
	.sql_rows = pg_sql_rows,
	.sql_rows_end = pg_sql_rows_end,
};
