#include "dbdump/my/columns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/sql.h"

struct my_table *table_own(const struct table *t)
{
	return t->own;
}

bool table_keeps_rows(const char *engine)
{
	static const char *const engines[] = { "InnoDB",  "MyISAM",  "Aria",   "MEMORY",      "CSV",
					       "ARCHIVE", "ROCKSDB", "TokuDB", "Columnstore", "Mroonga" };
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
		if (!strcasecmp(engines[i], engine))
			return true;
	return false;
}

void table_own_free(void *p)
{
	struct my_table *own = p;
	if (!own)
		return;
	for (size_t i = 0; own->columns && own->columns[i].read; i++) {
		free(own->columns[i].read);
		free(own->columns[i].write);
	}
	free(own->columns);
	free(own->target);
	free(own->create);
	free(own->created);
	free(own->range_column);
	free(own);
}

bool column_is_copied(const struct column_facts *f, bool history)
{
	if (!strstr(f->extra, "VIRTUAL GENERATED") && !strstr(f->extra, "STORED GENERATED"))
		return true;
	return history && (!strcmp(f->expression, "ROW START") || !strcmp(f->expression, "ROW END"));
}

static bool is_one_of(const char *word, const char *const list[])
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

static const char *addresses[] = { "uuid", "inet4", "inet6", NULL };
static const char *numbers[] = { "bit", "set", NULL };

/* 0 is what something invalid became: the server warns of each, as then; taken_check has their number (MySQL 8 warns where a variable
 * is set in an expression). */
#define WRITE_ENUM "CAST(@v AS UNSIGNED) + IF(@v = '0', 0 * LAST_INSERT_ID(LAST_INSERT_ID() + 1), 0)"
#define WRITE_NUMBER "CAST(@v AS UNSIGNED)"
#define WRITE_ADDRESS "CONVERT(@v USING ascii)"
#define WRITE_JSON "CONVERT(@v USING utf8mb4)" /* MySQL's own type; MariaDB's is a text */
#define WRITE_COUNTED "@v"
#define WRITE_BOUND "(POW(10, %u) - 1e0 / POW(10, %u))"

static const char *read_format(const struct column_facts *f, const char **write)
{
	*write = NULL;
	if (!strcmp(f->data_type, "enum")) {
		*write = WRITE_ENUM;
		return "CAST(%i AS UNSIGNED)";
	}
	if (is_one_of(f->data_type, numbers)) {
		*write = WRITE_NUMBER;
		return "CAST(%i AS UNSIGNED)";
	}
	if (!strcmp(f->data_type, "float"))
		return "CAST(%i AS DOUBLE)";
	if (is_one_of(f->data_type, addresses))
		*write = WRITE_ADDRESS;
	if (!strcmp(f->data_type, "json"))
		*write = WRITE_JSON;
	return "%i";
}

/* The greatest value of a FLOAT(10,3) is 9999999.999, for which it has 10000000: to put that in would be out of range. */
static void add_bounded(struct buf *b, unsigned digits, unsigned decimals)
{
	AUTO(buf_fini) struct buf most = { .limit = SQL_LIMIT };
	sql_add(&most, WRITE_BOUND, digits - decimals, decimals);
	const char *text = sql_text(&most);
	b->failed = b->failed || !text;
	if (text)
		sql_add(b, "GREATEST(LEAST(@v + 0e0, %s), -%s)", text, text);
}

bool column_writes(const char *expression)
{
	static const char *const all[] = { WRITE_ENUM, WRITE_NUMBER,  WRITE_ADDRESS,
					   WRITE_JSON, WRITE_COUNTED, NULL };
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	unsigned whole, decimals;
	if (is_one_of(expression, all))
		return true;
	if (sscanf(expression, "GREATEST(LEAST(@v + 0e0, " WRITE_BOUND, &whole, &decimals) != 2)
		return false;
	add_bounded(&b, whole + decimals, decimals);
	const char *bounded = sql_text(&b);
	return bounded && !strcmp(bounded, expression);
}

int column_describe(struct my_column *out, const struct column_facts *f)
{
	struct buf b = { .limit = SQL_LIMIT }, w = { .limit = SQL_LIMIT };
	const char *write, *read = read_format(f, &write);
	unsigned digits, decimals;
	sql_add(&b, read, f->name);
	if (write)
		sql_add(&w, "%s", write);
	if (sscanf(f->type, "float(%u,%u)", &digits, &decimals) == 2)
		add_bounded(&w, digits, decimals);
	out->counted = f->extra && strstr(f->extra, "auto_increment");
	out->read = sql_take(&b);
	out->write = w.len || w.failed ? sql_take(&w) : NULL;
	return out->read && (!w.failed || out->write) ? 0 : -ENOMEM;
}

int columns_complete(struct table *t)
{
	struct my_column *columns = table_own(t)->columns;
	bool sets = false;
	for (size_t i = 0; i < t->column_count; i++)
		sets = sets || columns[i].write;
	for (size_t i = 0; sets && i < t->column_count; i++)
		if (columns[i].counted && !columns[i].write && !(columns[i].write = strdup(WRITE_COUNTED)))
			return -ENOMEM;
	return 0;
}
