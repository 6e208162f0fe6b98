#include "scheduler/run/said.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "xfer/base/escape.h"

enum { HOLD = 64 << 10, STRANGE_SHOWN = 80 };

void said_init(struct said *s, struct child_news *news, const struct child_spec *spec)
{
	*s = (struct said){ .news = news, .hear = spec->hear, .arg = spec->arg };
	buf_init(&s->out.begun, SAID_LINE);
	buf_init(&s->error.begun, SAID_ERROR_LINE);
	line_init(&s->log, spec->log_fd, HOLD);
	news->fraction = news->eta_s = NAN;
}

void said_fini(struct said *s)
{
	buf_fini(&s->out.begun);
	buf_fini(&s->error.begun);
	line_fini(&s->log);
	json_decref(s->report);
}

/* text can be shown. */
static void warn_once(struct said *s, bool *told, const char *text)
{
	if (*told)
		return;
	*told = true;
	s->heard = true;
	s->news->warnings++;
	snprintf(s->news->warning, sizeof s->news->warning, "%s", text);
}

/* The log. */

static void keep(struct said *s, const char *p, size_t n)
{
	static const char rest[] = "(the rest is not logged)";
	if (s->log.fd < 0 || s->logged > SAID_LOG)
		return;
	s->logged += n + 1;
	if (s->logged > SAID_LOG) {
		p = rest;
		n = sizeof rest - 1;
	}
	buf_bytes(&s->log.text, p, n);
	buf_bytes(&s->log.text, "\n", 1);
	line_end(&s->log);
}

static void keep_all(struct said *s)
{
	if (s->log.fd >= 0 && line_flush(&s->log))
		warn_once(s, &s->told_log, "the log of what it says cannot be written");
}

/* Members of events. */

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* As many bytes as fit; 0 when it is not hexadecimal. */
static size_t unhex(char *out, size_t cap, const char *hex, size_t len)
{
	size_t n = 0;
	for (; n < cap && 2 * n + 1 < len; n++) {
		int high = digit(hex[2 * n]), low = digit(hex[2 * n + 1]);
		if (high < 0 || low < 0)
			return 0;
		out[n] = (char)(high << 4 | low);
	}
	return n;
}

/* A text as it may be shown; "" when it is not there. Where KEY was not UTF-8, KEY_bytes has it (event.h). */
static void text_of(const json_t *event, const char *key, char *out, size_t cap)
{
	char name[32], raw[CHILD_TEXT];
	snprintf(name, sizeof name, "%s_bytes", key);
	const json_t *text = json_object_get(event, key), *bytes = json_object_get(event, name);
	size_t n = json_is_string(bytes)
			   ? unhex(raw, sizeof raw, json_string_value(bytes), json_string_length(bytes))
			   : 0;
	if (n)
		escape_name(out, cap, raw, n);
	else if (json_is_string(text))
		escape_name(out, cap, json_string_value(text), json_string_length(text));
	else
		out[0] = '\0';
}

/* NaN: no number, or below 0. */
static double number_of(const json_t *event, const char *key)
{
	const json_t *v = json_object_get(event, key);
	return json_is_number(v) && json_number_value(v) >= 0 ? json_number_value(v) : NAN;
}

static uint64_t count_of(const json_t *event, const char *key)
{
	const json_t *v = json_object_get(event, key);
	if (json_is_integer(v))
		return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
	double d = number_of(event, key);
	if (isnan(d))
		return 0;
	return d < 0x1p64 ? (uint64_t)d : UINT64_MAX;
}

/* Events. */

static void take_progress(struct said *s, json_t *event)
{
	struct child_news *n = s->news;
	n->done_bytes = count_of(event, "done_bytes");
	n->total_bytes = count_of(event, "total_bytes");
	n->eta_s = number_of(event, "eta_s");
	double done = number_of(event, n->total_bytes ? "done_bytes" : "done_items");
	double total = number_of(event, n->total_bytes ? "total_bytes" : "total_items");
	bool known = !json_is_false(json_object_get(event, "total_known"));
	n->fraction = known && total > 0 ? done / total : NAN;
	if (n->fraction > 1)
		n->fraction = 1;
}

static void take_warning(struct said *s, json_t *event)
{
	s->news->warnings++;
	text_of(event, "text", s->news->warning, sizeof s->news->warning);
}

static void take_failure(struct said *s, json_t *event)
{
	/* the reason is worth more of the room than the name */
	char item[CHILD_TEXT / 2], error[CHILD_TEXT / 2 - 2];
	text_of(event, "item", item, sizeof item);
	text_of(event, "error", error, sizeof error);
	snprintf(s->failure, sizeof s->failure, "%s%s%s", item, *item && *error ? ": " : "", error);
}

static void take_report(struct said *s, json_t *event)
{
	const json_t *ok = json_object_get(event, "ok");
	s->refused = s->refused || (ok && !json_is_true(ok));
	json_decref(s->report);
	s->report = json_incref(event);
	s->news->report = s->report;
	s->news->reported = true;
}

static const struct {
	const char *name;
	void (*take)(struct said *s, json_t *event);
} kinds[] = {
	{ "progress", take_progress },
	{ "warning", take_warning },
	{ "failure", take_failure },
	{ "report", take_report },
};

static void take(struct said *s, json_t *event, const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].name, name))
			kinds[i].take(s, event);
	if (s->hear)
		s->hear(s->arg, event);
	s->heard = true;
}

/* Lines. */

/* A value costs up to a hundred times its two or three bytes. */
static bool is_modest(const char *p, size_t n)
{
	size_t values = 0;
	bool quoted = false;
	for (size_t i = 0; i < n && values < SAID_VALUES; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == ',' || p[i] == '[' || p[i] == '{'))
			values++;
	}
	return values < SAID_VALUES;
}

static json_t *parse(const char *p, size_t n)
{
	json_error_t error;
	json_t *event = json_loadb(p, n, JSON_ALLOW_NUL, &error);
	/* an integer beyond 64 bits; it need not be exact */
	if (!event && json_error_code(&error) == json_error_numeric_overflow)
		event = json_loadb(p, n, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
	return event;
}

static void strange(struct said *s, const char *p, size_t n)
{
	char text[CHILD_TEXT], shown[STRANGE_SHOWN];
	escape_name(shown, sizeof shown, p, n);
	snprintf(text, sizeof text, "it says what is no event: %s", shown);
	warn_once(s, &s->told_strange, text);
}

static bool is_blank(const char *p, size_t n)
{
	while (n && memchr(" \t\r", *p, 3))
		p++, n--;
	return n == 0;
}

static void line_out(struct said *s, const char *p, size_t n, bool whole)
{
	static const char left_out[] = "(a line that was too long is not logged)";
	if (whole)
		keep(s, p, n);
	else
		keep(s, left_out, sizeof left_out - 1);
	if (!whole || !is_modest(p, n)) {
		warn_once(s, &s->told_long, "it says a line that is too long; the line is ignored");
		return;
	}
	if (is_blank(p, n))
		return;
	json_t *event = parse(p, n);
	const char *name = json_string_value(json_object_get(event, "event"));
	if (name)
		take(s, event, name);
	else
		strange(s, p, n);
	json_decref(event);
}

static void line_error(struct said *s, const char *p, size_t n, bool whole)
{
	(void)whole;
	keep(s, p, n);
	if (!is_blank(p, n))
		escape_name(s->last_words, sizeof s->last_words, p, n);
}

/* What is ready of the stream's line goes to take; the memory of a long one is given back. */
static void deliver(struct said *s, struct said_stream *in,
		    void (*fn)(struct said *s, const char *p, size_t n, bool whole), bool whole)
{
	const size_t limit = in->begun.limit;
	fn(s, (const char *)in->begun.data, in->begun.len, whole);
	buf_clear(&in->begun);
	if (in->begun.cap > HOLD) {
		buf_fini(&in->begun);
		buf_init(&in->begun, limit);
	}
}

static void feed(struct said *s, struct said_stream *in, const char *p, size_t n,
		 void (*fn)(struct said *s, const char *p, size_t n, bool whole))
{
	while (n) {
		const char *end = memchr(p, '\n', n);
		size_t piece = end ? (size_t)(end - p) : n, room = in->begun.limit - in->begun.len;
		if (!in->skip) {
			buf_bytes(&in->begun, p, piece < room ? piece : room);
			in->skip = piece > room || in->begun.failed;
			if (end || in->skip)
				deliver(s, in, fn, !in->skip);
		}
		if (end)
			in->skip = false;
		piece += end != NULL;
		p += piece;
		n -= piece;
	}
}

bool said_out(struct said *s, const char *p, size_t n)
{
	s->heard = false;
	feed(s, &s->out, p, n, line_out);
	keep_all(s);
	return s->heard;
}

void said_error(struct said *s, const char *p, size_t n)
{
	feed(s, &s->error, p, n, line_error);
	keep_all(s);
}

bool said_end(struct said *s)
{
	s->heard = false;
	if (s->out.begun.len)
		deliver(s, &s->out, line_out, true);
	if (s->error.begun.len)
		deliver(s, &s->error, line_error, true);
	keep_all(s);
	return s->heard;
}

bool said_why(const struct said *s, char out[static CHILD_TEXT])
{
	static const char *const keys[] = { "reason", "error", "meaning" };
	out[0] = '\0';
	/* what ended the whole run says more than the last of the items that failed */
	if (s->refused)
		text_of(s->report, keys[0], out, CHILD_TEXT);
	if (!*out)
		snprintf(out, CHILD_TEXT, "%s", s->failure);
	for (size_t i = 1; !*out && s->refused && i < sizeof keys / sizeof *keys; i++)
		text_of(s->report, keys[i], out, CHILD_TEXT);
	return *out;
}
