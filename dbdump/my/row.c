#include "dbdump/my/row.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dbdump/my/lex.h"

static inline bool is_special(uint8_t c)
{
	return c == '\\' || c == '\n' || c == '\t';
}

/* A word at a time, is any of its bytes this one? */
static inline uint64_t has_byte(uint64_t word, uint8_t c)
{
	const uint64_t ones = 0x0101010101010101ull;
	uint64_t x = word ^ (ones * c);
	return (x - ones) & ~x & (ones * 0x80);
}

/* Copies until a byte that needs an escape; how many were copied. to has room for n, rounded up to words. */
static size_t copy_plain(uint8_t *to, const uint8_t *from, size_t n)
{
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		uint64_t word;
		memcpy(&word, from + i, 8);
		memcpy(to + i, &word, 8);
		if (has_byte(word, '\\') | has_byte(word, '\n') | has_byte(word, '\t'))
			break;
	}
	for (; i < n && !is_special(from[i]); i++)
		to[i] = from[i];
	return i;
}

static uint8_t *put_value(uint8_t *to, const uint8_t *from, size_t n)
{
	for (;;) {
		size_t plain = copy_plain(to, from, n);
		to += plain;
		from += plain;
		n -= plain;
		if (!n)
			return to;
		*to++ = '\\';
		*to++ = *from == '\n' ? 'n' : *from == '\t' ? 't' : '\\';
		from++;
		n--;
	}
}

void row_line(struct buf *b, char *const *values, const unsigned long *len, size_t columns)
{
	size_t most = 0;
	for (size_t i = 0; i < columns; i++)
		most += 2 * len[i] + 3;
	uint8_t *to = buf_reserve(b, most + 8);
	if (!to)
		return;
	for (size_t i = 0; i < columns; i++) {
		if (values[i])
			to = put_value(to, (const uint8_t *)values[i], len[i]);
		else
			to = (uint8_t *)memcpy(to, "\\N", 2) + 2;
		*to++ = i + 1 < columns ? '\t' : '\n';
	}
	b->len = (size_t)(to - b->data);
}

/* The value of column number at within a line; its length in *n. */
static const uint8_t *value_at(const uint8_t *line, size_t len, size_t at, size_t *n)
{
	const uint8_t *end = line + len, *tab;
	if (len && end[-1] == '\n')
		end--;
	while (at-- && (tab = memchr(line, '\t', (size_t)(end - line))) != NULL)
		line = tab + 1;
	tab = memchr(line, '\t', (size_t)(end - line));
	*n = (size_t)((tab ? tab : end) - line);
	return line;
}

char *my_row_name(const struct table *t, const uint8_t *line, size_t len, char *out, size_t cap)
{
	char name[256];
	size_t put = 0, n;
	struct lexer l = lex_begin(t->key ? t->key : "", t->key ? strlen(t->key) : 0, NULL);
	out[0] = '\0';
	for (struct token k = lex_solid(&l); k.kind != TOKEN_END && put + 1 < cap; k = lex_solid(&l)) {
		if (k.kind != TOKEN_NAME || !token_name(&k, name, sizeof name))
			continue;
		for (size_t i = 0; i < t->column_count; i++) {
			if (strcmp(t->columns[i].name, name) || put + 1 >= cap)
				continue;
			const uint8_t *value = value_at(line, len, i, &n);
			int wrote = snprintf(out + put, cap - put, "%s%s=%.*s", put ? " " : "", name, (int)n,
					     (const char *)value);
			put += wrote > 0 ? (size_t)wrote : 0;
		}
	}
	if (!put)
		snprintf(out, cap, "%.*s", (int)(len && line[len - 1] == '\n' ? len - 1 : len),
			 (const char *)line);
	return out;
}
