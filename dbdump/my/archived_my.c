/* archived_my.c - MariaDB, as archived.h wants it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archived.h"
#include "dbdump/digest.h"
#include "dbdump/my/columns.h"
#include "dbdump/my/insert.h"
#include "dbdump/my/sql.h"

static void put_text(struct buf *out, const char *s)
{
	buf_string(out, s ? s : "", s ? strlen(s) : 0);
}

static char *get_text(struct reader *in)
{
	size_t len;
	const char *s = reader_string(in, &len, SQL_LIMIT);
	in->failed = in->failed || (len && memchr(s, '\0', len));
	char *copy = in->failed ? NULL : strndup(s, len);
	in->failed = in->failed || !copy;
	return copy;
}

static void my_pack(const struct table *t, struct buf *out)
{
	const struct my_table *own = table_own(t);
	put_text(out, own->target);
	buf_u8(out, own->innodb);
	for (size_t i = 0; i < t->column_count; i++) {
		const struct my_column *c = &own->columns[i];
		buf_u8(out, (uint8_t)(c->counted | (c->write != NULL) << 1));
		if (c->write)
			put_text(out, c->write);
	}
}

static int my_unpack(struct table *t, struct reader *in)
{
	struct my_table *own = calloc(1, sizeof *own);
	if (!own)
		return -ENOMEM;
	t->own = own;
	own->columns = calloc(t->column_count + 1, sizeof *own->columns);
	if (!own->columns)
		return -ENOMEM;
	own->target = get_text(in);
	own->innodb = reader_u8(in);
	for (size_t i = 0; i < t->column_count && !in->failed; i++) {
		struct my_column *c = &own->columns[i];
		uint8_t flags = reader_u8(in);
		/* how it was read is not asked for any more, but says that there is a column */
		c->read = strdup("");
		c->counted = flags & 1;
		c->write = flags & 2 ? get_text(in) : NULL;
		in->failed = in->failed || !c->read;
	}
	/* no expression is run but ours, and no other database's table is written */
	for (size_t i = 0; i < t->column_count && !in->failed; i++)
		in->failed = own->columns[i].write && !column_writes(own->columns[i].write);
	return in->failed || strcmp(own->target, t->schema) != 0 ? -EBADMSG : 0;
}

/* SQL for the client. */

#define MODE "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION"

static void add_mode(struct buf *out, bool strict)
{
	sql_add(out, "SET SESSION sql_mode = '%s';\n", strict ? MODE ",STRICT_ALL_TABLES" : MODE);
}

static void add_settings(struct buf *out)
{
	sql_add(out, "SET SESSION character_set_client = utf8mb4, collation_connection = utf8mb4_general_ci,"
		     " character_set_results = utf8mb4, time_zone = '+00:00', foreign_key_checks = 0,"
		     " auto_increment_increment = 1, auto_increment_offset = 1;\n");
	sql_add(out,
		"/*M!100200 SET SESSION check_constraint_checks = 0, system_versioning_alter_history = KEEP */;\n"
		"/*M!101100 SET SESSION system_versioning_insert_history = 1 */;\n");
	add_mode(out, true);
}

static void my_sql_begin(struct buf *out, const char *database)
{
	(void)database;
	sql_add(out, "-- Written by dbdump. For: mariadb --binary-mode --comments --max-allowed-packet=1G\n");
	add_settings(out);
	sql_add(out, "SET SESSION innodb_strict_mode = 0;\n");
}

/* What the text has in it cannot end it. */
static void add_ended(struct buf *out, const char *sql)
{
	char end[64] = "$$";
	if (!strchr(sql, ';')) {
		sql_add(out, "%s;\n", sql);
		return;
	}
	while (strstr(sql, end) && strlen(end) + 1 < sizeof end)
		memcpy(end + strlen(end), "$", 2);
	sql_add(out, "DELIMITER %s\n%s\n%s\nDELIMITER ;\n", end, sql, end);
}

static void my_sql_statement(struct buf *out, const struct statement *st)
{
	if (!strcmp(st->kind, "database"))
		sql_add(out, "CREATE DATABASE IF NOT EXISTS %i;\n", st->name);
	for (size_t i = 0; i < st->sql.count; i++)
		add_ended(out, st->sql.at[i]);
	/* most of those that are several begin by setting what the session is to be like */
	if (st->sql.count > 1)
		add_settings(out);
}

/* 0 as the number of an ENUM's member is what something invalid became: a strict server would not take it. */
static bool is_lenient(const struct table *t)
{
	const struct my_column *columns = table_own(t)->columns;
	for (size_t i = 0; i < t->column_count; i++)
		if (columns[i].write && strstr(columns[i].write, "LAST_INSERT_ID"))
			return true;
	return false;
}

static void my_sql_rows_begin(struct buf *out, const struct table *t)
{
	if (is_lenient(t))
		add_mode(out, false);
}

/* The client ends a statement at NUL, and takes a CR for a part of the line's end. They stand in strings alone. */
static void escape_from(struct buf *out, size_t from)
{
	size_t more = 0;
	for (size_t i = from; i < out->len; i++)
		more += !out->data[i] || out->data[i] == '\r';
	if (!more || out->failed || !buf_reserve(out, more))
		return;
	uint8_t *to = out->data + out->len + more;
	for (size_t i = out->len; i > from; i--) {
		uint8_t c = out->data[i - 1];
		*--to = c ? (c == '\r' ? 'r' : c) : '0';
		if (!c || c == '\r')
			*--to = '\\';
	}
	out->len += more;
}

static void my_sql_rows(struct buf *out, const struct table *t, const uint8_t *lines, size_t len)
{
	size_t from = out->len;
	sql_add(out, "INSERT INTO %i.%i (", table_own(t)->target, t->name);
	for (size_t i = 0; i < t->column_count; i++)
		sql_add(out, i ? ",%i" : "%i", t->columns[i].name);
	sql_add(out, ") VALUES\n");
	for (size_t at = 0, n; at < len; at += n) {
		n = line_length(lines + at, len - at);
		if (at)
			buf_bytes(out, ",\n", 2);
		insert_values(out, t, lines + at, n);
	}
	buf_bytes(out, ";\n", 2);
	escape_from(out, from);
}

static void my_sql_rows_end(struct buf *out, const struct table *t)
{
	if (is_lenient(t))
		add_mode(out, true);
}

const struct archived archived_mariadb = {
	.pack = my_pack,
	.unpack = my_unpack,
	.free_own = table_own_free,
	.sql_begin = my_sql_begin,
	.sql_statement = my_sql_statement,
	.sql_rows_begin = my_sql_rows_begin,
	.sql_rows = my_sql_rows,
	.sql_rows_end = my_sql_rows_end,
};
