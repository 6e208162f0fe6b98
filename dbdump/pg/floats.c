#include "dbdump/pg/floats.h"

#include <inttypes.h>
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

/* The number next to this one, which is not negative. */
static long double next_to(double value, bool larger, enum kind kind)
{
	int step = larger ? 1 : -1;
	if (kind == REAL) {
		float real = (float)value;
		uint32_t bits;
		memcpy(&bits, &real, sizeof bits);
		bits += (uint32_t)step;
		memcpy(&real, &bits, sizeof real);
		return real;
	}
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	bits += (uint64_t)step;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Of "-d.ddde+xx": its digits, and the exponent of the last one. */
static uint64_t digits_of(const char *text, long *exponent)
{
	uint64_t number = 0;
	bool behind = false;
	*exponent = 0;
	for (; *text != 'e'; text++) {
		if (*text == '.')
			behind = true;
		if (*text < '0' || *text > '9')
			continue;
		number = number * 10 + (uint64_t)(*text - '0');
		*exponent -= behind;
	}
	*exponent += strtol(text + 1, NULL, 10);
	return number;
}

/* A long double is what the text says, to the last digit. */
static bool is_exact(const char *text)
{
	long exponent;
	uint64_t number = digits_of(text, &exponent);
	while (number && number % 2 == 0)
		number /= 2;
	for (; exponent > 0; exponent--)
		if (__builtin_mul_overflow(number, (uint64_t)5, &number))
			return false;
	for (; exponent < 0; exponent++, number /= 5)
		if (number % 5)
			return false;
	return true;
}

/* What lies just between two numbers may be read as either: from 12 on it is not written. */
static bool is_between(const char *text, double value, enum kind kind)
{
	long double at = strtold(text, NULL), v = value;
	at = at < 0 ? -at : at;
	v = v < 0 ? -v : v;
	return at != v && at - v == (next_to((double)v, at > v, kind) - v) / 2 && is_exact(text);
}

static bool means(const char *text, double value, enum kind kind)
{
	double read = kind == REAL ? (double)strtof(text, NULL) : strtod(text, NULL);
	return read == value && !is_between(text, value, kind);
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

/* "-d.ddde+xx" with as many digits, the last one larger by one. */
static void round_up(char made[static NUMBER_MAX], int digits)
{
	char text[NUMBER_MAX];
	long exponent;
	uint64_t number = digits_of(made, &exponent) + 1;
	snprintf(text, sizeof text, "%s%" PRIu64 "e%ld", *made == '-' ? "-" : "", number, exponent);
	snprintf(made, NUMBER_MAX, "%.*Le", digits - 1, strtold(text, NULL));
}

/* Below a power of two numbers are closer to each other than above it: what is not the nearest may be the one that means it. */
static bool make(char made[static NUMBER_MAX], double value, int digits, enum kind kind)
{
	snprintf(made, NUMBER_MAX, "%.*e", digits - 1, value);
	if (means(made, value, kind))
		return true;
	round_up(made, digits);
	return means(made, value, kind);
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
	int digits = 1;
	while (digits < most && !make(made, value, digits, kind))
		digits++;
	if (digits == most)
		snprintf(made, sizeof made, "%.*e", digits - 1, value);
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
