/* row_name.c - which row a line is, for people. */
#include <stdio.h>
#include <string.h>

#include "dbdump/pg/read.h"
#include "xfer/base/escape.h"

enum { SHOWN = 64 };

/* The nth value of the line, still escaped as COPY has it. */
static const uint8_t *field(const uint8_t *line, size_t len, size_t nth, size_t *size)
{
	const uint8_t *end = line + len, *at = line;
	if (len && end[-1] == '\n')
		end--;
	for (; nth; nth--) {
		at = memchr(at, '\t', (size_t)(end - at));
		if (!at)
			return NULL;
		at++;
	}
	const uint8_t *tab = memchr(at, '\t', (size_t)(end - at));
	*size = (size_t)((tab ? tab : end) - at);
	return at;
}

static void add_field(char *out, size_t cap, const struct table *t, size_t column, const uint8_t *line,
		      size_t len)
{
	size_t size = 0, had = strlen(out);
	const uint8_t *value = field(line, len, column, &size);
	if (!value || had + 1 >= cap)
		return;
	char shown[SHOWN], name[SHOWN];
	escape_name(shown, sizeof shown, (const char *)value, size);
	escape_name(name, sizeof name, t->columns[column].name, strlen(t->columns[column].name));
	snprintf(out + had, cap - had, "%s%s=%s", had ? ", " : "", name, shown);
}

char *read_row_name(const struct table *t, const uint8_t *line, size_t len, char *out, size_t cap)
{
	const struct pg_table *own = t->own;
	*out = '\0';
	for (size_t i = 0; i < own->key_count; i++)
		add_field(out, cap, t, own->key[i], line, len);
	for (size_t i = 0; !own->key_count && i < t->column_count; i++)
		add_field(out, cap, t, i, line, len);
	return out;
}
