#include "xfer/front/ticker.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xfer/base/clock.h"

#define FIFTH (CLOCK_SECOND / 5)

static size_t terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 2)
		return 80;
	return size.ws_col;
}

void ticker_clear(struct ticker *t)
{
	if (!t->drawn)
		return;
	/* spaces and not an escape sequence: every terminal has them */
	line_add(t->people, "\r%*s\r", (int)t->drawn, "");
	line_end(t->people);
	t->drawn = 0;
}

static void draw(struct ticker *t, const struct progress *p)
{
	char text[256];
	size_t width = terminal_width();
	/* the last column stays free: a terminal that wraps there could not be redrawn */
	meter_line(&t->meter, p, text, width < sizeof text ? width : sizeof text);
	size_t now = strlen(text), pad = t->drawn > now ? t->drawn - now : 0;
	line_add(t->people, "\r%s%*s", text, (int)pad, "");
	line_end(t->people);
	t->drawn = now + pad;
}

static void tell_people(struct ticker *t, const struct progress *p)
{
	char text[256];
	if (t->redraws) {
		draw(t, p);
		return;
	}
	line_add(t->people, "%s\n", meter_line(&t->meter, p, text, sizeof text));
	line_end(t->people);
}

static int tell_program(struct ticker *t, const struct progress *p)
{
	struct event *e = t->event;
	uint64_t eta = meter_eta(&t->meter, p);
	event_begin(e, "progress");
	event_text(e, "phase", p->phase);
	event_u64(e, "done_bytes", p->done_bytes);
	event_u64(e, "total_bytes", p->total_bytes);
	event_u64(e, "done_items", p->done_items);
	event_u64(e, "total_items", p->total_items);
	event_bool(e, "total_known", p->total_known);
	event_u64(e, "bytes_per_s", meter_bytes_per_s(&t->meter));
	if (eta == METER_UNKNOWN)
		event_null(e, "eta_s");
	else
		event_u64(e, "eta_s", eta);
	return event_end(e);
}

int ticker_last(struct ticker *t)
{
	const struct progress p = t->last;
	int r = 0;
	if (!p.phase)
		return 0;
	t->last.phase = NULL;
	/* who follows a pipe or a log sees what was done up to now */
	for (size_t i = 0; i < sizeof t->earlier / sizeof *t->earlier; i++)
		if (t->earlier[i])
			line_flush(t->earlier[i]);
	if (t->event)
		r = tell_program(t, &p);
	if (t->people)
		tell_people(t, &p);
	return r;
}

int ticker_feed(struct ticker *t, const struct progress *p)
{
	uint64_t now = clock_now();
	int r = 0;
	if (t->last.phase && strcmp(t->last.phase, p->phase) != 0)
		r = ticker_last(t);
	meter_feed(&t->meter, p, now);
	/* lines in a file are kept: fewer of them will do */
	bool lines_only = !t->event && !t->redraws;
	t->last = *p;
	if (t->told_at && now - t->told_at < (lines_only ? CLOCK_SECOND : FIFTH))
		return r;
	t->told_at = now;
	int last = ticker_last(t);
	return r ? r : last;
}
