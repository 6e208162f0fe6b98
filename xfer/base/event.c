#include "xfer/base/event.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/base/err.h"
#include "xfer/base/utf8.h"

static void add(struct event *e, const char *s)
{
	buf_bytes(&e->line.text, s, strlen(s));
}

static bool in_array(const struct event *e)
{
	return e->arrays >> (e->depth - 1) & 1;
}

/* The comma and the key that come before every value. */
static void member(struct event *e, const char *key)
{
	CHECK(e->depth > 0 && in_array(e) == !key);
	if (!e->first)
		add(e, ",");
	e->first = false;
	if (!key)
		return;
	add(e, "\"");
	add(e, key);
	add(e, "\":");
}

static void descend(struct event *e, bool array)
{
	CHECK(e->depth < EVENT_DEPTH);
	uint32_t bit = UINT32_C(1) << e->depth++;
	e->arrays = array ? e->arrays | bit : e->arrays & ~bit;
	e->first = true;
	add(e, array ? "[" : "{");
}

void event_init(struct event *e, int fd)
{
	*e = (struct event){ 0 };
	line_init(&e->line, fd, 0);
}

void event_fini(struct event *e)
{
	line_fini(&e->line);
}

void event_begin(struct event *e, const char *name)
{
	char now[CLOCK_TEXT];
	CHECK(e->depth == 0);
	descend(e, false);
	event_text(e, "event", name);
	event_text(e, "time", clock_text(now));
}

int event_end(struct event *e)
{
	CHECK(e->depth == 1);
	e->depth = 0;
	add(e, "}\n");
	return line_end(&e->line);
}

void event_open(struct event *e, const char *key)
{
	member(e, key);
	descend(e, false);
}

void event_open_array(struct event *e, const char *key)
{
	member(e, key);
	descend(e, true);
}

void event_close(struct event *e)
{
	CHECK(e->depth > 1); /* the outermost is event_end's */
	add(e, in_array(e) ? "]" : "}");
	e->depth--;
	e->first = false;
}

void event_u64(struct event *e, const char *key, uint64_t v)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRIu64, v);
	member(e, key);
	add(e, text);
}

void event_i64(struct event *e, const char *key, int64_t v)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, v);
	member(e, key);
	add(e, text);
}

/* printf puts the locale's decimal point, of one byte or more, between digits: put ours there. */
static void undo_locale(char *text)
{
	char *to = text;
	for (char *from = text; *from; from++) {
		if (strchr("0123456789+-e", *from))
			*to++ = *from;
		else if (to == text || to[-1] != '.')
			*to++ = '.';
	}
	*to = '\0';
}

void event_double(struct event *e, const char *key, double v)
{
	char text[64];
	if (!isfinite(v)) {
		event_null(e, key);
		return;
	}
	/* the shorter form when it is the same number: 0.1, not 0.10000000000000001 */
	snprintf(text, sizeof text, "%.15g", v);
	if (strtod(text, NULL) < v || strtod(text, NULL) > v)
		snprintf(text, sizeof text, "%.17g", v);
	undo_locale(text);
	member(e, key);
	add(e, text);
}

void event_bool(struct event *e, const char *key, bool v)
{
	member(e, key);
	add(e, v ? "true" : "false");
}

void event_null(struct event *e, const char *key)
{
	member(e, key);
	add(e, "null");
}

void event_text(struct event *e, const char *key, const char *s)
{
	if (s)
		event_string(e, key, s, strlen(s));
	else
		event_null(e, key);
}

/* One character as it stands in a JSON string. */
static void character(struct event *e, const uint8_t *p, size_t n, uint32_t point)
{
	char text[16];
	if (point == '"' || point == '\\')
		add(e, point == '"' ? "\\\"" : "\\\\");
	else if (point == '\n' || point == '\t')
		add(e, point == '\n' ? "\\n" : "\\t");
	else if (utf8_is_shown(point))
		buf_bytes(&e->line.text, p, n);
	else {
		/* all that is not shown is below U+10000 */
		snprintf(text, sizeof text, "\\u%04x", (unsigned)point);
		add(e, text);
	}
}

/* The bytes between quotes; returns whether all of them were UTF-8. */
static bool quoted(struct event *e, const uint8_t *p, size_t len)
{
	bool valid = true;
	add(e, "\"");
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t point;
		n = utf8_next(p + i, len - i, &point);
		if (n) {
			character(e, p + i, n, point);
			continue;
		}
		add(e, "\\ufffd");
		valid = false;
		n = 1;
	}
	add(e, "\"");
	return valid;
}

static void hex(struct event *e, const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	add(e, "\"");
	for (size_t i = 0; i < len; i++) {
		char pair[2] = { digits[p[i] >> 4], digits[p[i] & 15] };
		buf_bytes(&e->line.text, pair, sizeof pair);
	}
	add(e, "\"");
}

void event_string(struct event *e, const char *key, const void *p, size_t len)
{
	member(e, key);
	if (quoted(e, p, len) || !key)
		return;
	add(e, ",\"");
	add(e, key);
	add(e, "_bytes\":");
	hex(e, p, len);
}

void event_hex(struct event *e, const char *key, const void *p, size_t len)
{
	member(e, key);
	hex(e, p, len);
}
