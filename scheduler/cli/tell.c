#include "scheduler/cli/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEY_WIDTH = 16, HOLD = 1 << 16 };

void tell_open(struct tell *t, bool json)
{
	t->json = json;
	event_init(&t->event, STDOUT_FILENO);
	line_init(&t->people, STDOUT_FILENO, HOLD);
}

int tell_close(struct tell *t)
{
	line_flush(&t->people);
	int r = t->event.line.error ? t->event.line.error : t->people.error;
	event_fini(&t->event);
	line_fini(&t->people);
	return r;
}

void tell_line(struct tell *t, const char *fmt, ...)
{
	if (t->json)
		return;
	char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n >= 0)
		line_name(&t->people, text, (size_t)n);
	line_add(&t->people, "\n");
	line_end(&t->people);
	free(n >= 0 ? text : NULL);
}

void tell_begin(struct tell *t, const char *kind, const char *title)
{
	if (t->json)
		event_begin(&t->event, kind);
	else if (title)
		tell_line(t, "%s %s", kind, title);
}

/* "month_cents" => "month cents" */
static void tell_pair(struct tell *t, const char *key, const char *value)
{
	char shown[64];
	snprintf(shown, sizeof shown, "%s", key);
	for (char *p = shown; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	tell_line(t, "  %-*s %s", KEY_WIDTH, shown, value);
}

void tell_text(struct tell *t, const char *key, const char *value)
{
	bool some = value && value[0];
	if (t->json)
		event_text(&t->event, key, some ? value : NULL);
	else if (some)
		tell_pair(t, key, value);
}

void tell_whole(struct tell *t, const char *key, int64_t value)
{
	char text[32];
	snprintf(text, sizeof text, "%lld", (long long)value);
	if (t->json)
		event_i64(&t->event, key, value);
	else
		tell_pair(t, key, text);
}

void tell_real(struct tell *t, const char *key, double value)
{
	char text[64];
	snprintf(text, sizeof text, "%.1f", value);
	if (t->json)
		event_double(&t->event, key, value);
	else
		tell_pair(t, key, text);
}

void tell_flag(struct tell *t, const char *key, bool value)
{
	if (t->json)
		event_bool(&t->event, key, value);
	else
		tell_pair(t, key, value ? "yes" : "no");
}

void tell_moment(struct tell *t, const char *key, int64_t at)
{
	char text[TELL_MOMENT];
	tell_text(t, key, at ? tell_time(text, at) : NULL);
}

void tell_end(struct tell *t)
{
	if (t->json)
		event_end(&t->event);
}

const char *tell_time(char out[static TELL_MOMENT], int64_t at)
{
	time_t when = (time_t)at;
	struct tm tm;
	if (!at || !gmtime_r(&when, &tm) || !strftime(out, TELL_MOMENT, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, TELL_MOMENT, "-");
	return out;
}

const char *tell_day(char out[static TELL_MOMENT], int64_t days)
{
	time_t when = (time_t)(days * 86400);
	struct tm tm;
	if (days < 0 || !gmtime_r(&when, &tm) || !strftime(out, TELL_MOMENT, "%Y-%m-%d", &tm))
		snprintf(out, TELL_MOMENT, "unknown");
	return out;
}
