#include "dbdump/pg/floats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 64, DOUBLE_DIGITS = 17, REAL_DIGITS = 9, DOUBLE_FIXED = 15, REAL_FIXED = 6 };

enum kind { NONE, REAL, DOUBLE };

static enum kind kind_of(const char *type)
{
	static const char *const doubles[] = { "double precision", "point", "line", "lseg", "box", "path",
					       "polygon",	   "circle" };
	size_t len = strcspn(type, "[");
	if (len == 4 && !memcmp(type, "real", 4))
		return REAL;
	for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
		if (len == strlen(doubles[i]) && !memcmp(type, doubles[i], len))
			return DOUBLE;
	return NONE;
}

bool floats_in(const struct table *t)
{
	for (size_t i = 0; i < t->column_count; i++)
		if (kind_of(t->columns[i].type) != NONE)
			return true;
	return false;
}

static bool is_same(const char *a, const char *b, enum kind kind)
{
	if (kind == REAL)
		return strtof(a, NULL) == strtof(b, NULL);
	return strtod(a, NULL) == strtod(b, NULL);
}

/* The digits and the exponent of "-d.ddde+xx" as it is written from 12 on: without exponent where the number is small. */
static void write_number(struct buf *out, const char *scientific, enum kind kind)
{
	char digits[NUMBER_MAX], text[4 * NUMBER_MAX];
	const char *e = strchr(scientific, 'e'), *p = scientific + (*scientific == '-');
	int exponent = (int)strtol(e + 1, NULL, 10), n = 0;
	for (; p < e; p++)
		if (*p != '.')
			digits[n++] = *p;
	digits[n] = '\0';
	if (*scientific == '-')
		buf_u8(out, '-');
	if (exponent < -4 || exponent >= (kind == REAL ? REAL_FIXED : DOUBLE_FIXED))
		snprintf(text, sizeof text, "%c%s%se%c%02d", digits[0], n > 1 ? "." : "", digits + 1,
			 exponent < 0 ? '-' : '+', abs(exponent));
	else if (exponent < 0)
		snprintf(text, sizeof text, "0.%.*s%s", -exponent - 1, "0000", digits);
	else if (n <= exponent + 1)
		snprintf(text, sizeof text, "%s%.*s", digits, exponent + 1 - n, "000000000000000");
	else
		snprintf(text, sizeof text, "%.*s.%s", exponent + 1, digits, digits + exponent + 1);
	buf_bytes(out, text, strlen(text));
}

static void shorten(struct buf *out, const char *number, size_t len, enum kind kind)
{
	char given[NUMBER_MAX], made[NUMBER_MAX];
	int most = kind == REAL ? REAL_DIGITS : DOUBLE_DIGITS;
	if (len >= sizeof given) {
		buf_bytes(out, number, len);
		return;
	}
	memcpy(given, number, len);
	given[len] = '\0';
	double value = kind == REAL ? (double)strtof(given, NULL) : strtod(given, NULL);
	for (int digits = 1; digits <= most; digits++) {
		snprintf(made, sizeof made, "%.*e", digits - 1, value);
		if (digits == most || is_same(made, given, kind))
			break;
	}
	write_number(out, made, kind);
}

static size_t number_length(const char *p, const char *end)
{
	const char *at = p + (p < end && *p == '-');
	if (at == end || *at < '0' || *at > '9')
		return 0;
	while (at < end && ((*at >= '0' && *at <= '9') || *at == '.' || *at == 'e' ||
			    ((*at == '-' || *at == '+') && at[-1] == 'e')))
		at++;
	return (size_t)(at - p);
}

static void rewrite(struct buf *out, const char *p, const char *end, enum kind kind)
{
	while (p < end) {
		size_t n = number_length(p, end);
		if (n)
			shorten(out, p, n, kind);
		else
			buf_u8(out, (uint8_t)*p);
		p += n ? n : 1;
	}
}

void floats_line(struct buf *out, const struct table *t, const char *line, size_t len)
{
	const char *end = line + len;
	for (size_t i = 0; i < t->column_count && line < end; i++) {
		const char *stop = memchr(line, i + 1 < t->column_count ? '\t' : '\n', (size_t)(end - line));
		stop = stop ? stop : end;
		enum kind kind = kind_of(t->columns[i].type);
		if (kind == NONE)
			buf_bytes(out, line, (size_t)(stop - line));
		else
			rewrite(out, line, stop, kind);
		if (stop < end)
			buf_u8(out, (uint8_t)*stop++);
		line = stop;
	}
	buf_bytes(out, line, (size_t)(end - line));
}
