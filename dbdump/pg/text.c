#include "dbdump/pg/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(struct buf *b)
{
	buf_init(b, TEXT_LIMIT);
}

void text_start(struct buf *b, const char *words)
{
	buf_clear(b);
	text_add(b, words);
}

void text_add(struct buf *b, const char *words)
{
	buf_bytes(b, words, strlen(words));
}

void text_format(struct buf *b, const char *fmt, ...)
{
	char *made = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&made, fmt, ap);
	va_end(ap);
	if (n < 0)
		b->failed = true;
	else
		buf_bytes(b, made, (size_t)n);
	if (n >= 0)
		free(made);
}

static void quoted(struct buf *b, const char *text, char quote)
{
	buf_u8(b, (uint8_t)quote);
	for (const char *p = text; *p; p++) {
		if (*p == quote)
			buf_u8(b, (uint8_t)quote);
		buf_u8(b, (uint8_t)*p);
	}
	buf_u8(b, (uint8_t)quote);
}

void text_name(struct buf *b, const char *name)
{
	quoted(b, name, '"');
}

void text_dotted(struct buf *b, const char *schema, const char *name)
{
	text_name(b, schema);
	buf_u8(b, '.');
	text_name(b, name);
}

void text_value(struct buf *b, const char *value)
{
	quoted(b, value, '\'');
}

const char *text_of(struct buf *b)
{
	uint8_t *end = buf_reserve(b, 1);
	if (!end)
		return NULL;
	*end = '\0';
	return (const char *)b->data;
}

char *text_copy(struct buf *b)
{
	const char *text = text_of(b);
	return text ? strdup(text) : NULL;
}
