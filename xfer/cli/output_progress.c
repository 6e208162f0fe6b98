#include "xfer/cli/output_impl.h"

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

void output_clear(struct output *out)
{
	if (!out->drawn)
		return;
	/* spaces and not an escape sequence: every terminal has them */
	line_add(&out->err, "\r%*s\r", (int)out->drawn, "");
	line_end(&out->err);
	out->drawn = 0;
}

static void draw(struct output *out, const struct progress *p)
{
	char text[256];
	size_t width = terminal_width();
	/* the last column stays free: a terminal that wraps there could not be redrawn */
	meter_line(&out->meter, p, text, width < sizeof text ? width : sizeof text);
	size_t now = strlen(text), pad = out->drawn > now ? out->drawn - now : 0;
	line_add(&out->err, "\r%s%*s", text, (int)pad, "");
	line_end(&out->err);
	out->drawn = now + pad;
}

static void tell(struct output *out, const struct progress *p)
{
	char text[256];
	if (out->err_is_tty) {
		draw(out, p);
		return;
	}
	line_add(&out->err, "%s\n", meter_line(&out->meter, p, text, sizeof text));
	line_end(&out->err);
}

static void progress_event(struct output *out, const struct progress *p)
{
	struct event *e = &out->event;
	uint64_t eta = meter_eta(&out->meter, p);
	event_begin(e, "progress");
	event_text(e, "phase", p->phase);
	event_u64(e, "done_bytes", p->done_bytes);
	event_u64(e, "total_bytes", p->total_bytes);
	event_u64(e, "done_items", p->done_items);
	event_u64(e, "total_items", p->total_items);
	event_bool(e, "total_known", p->total_known);
	event_u64(e, "bytes_per_s", meter_bytes_per_s(&out->meter));
	if (eta == METER_UNKNOWN)
		event_null(e, "eta_s");
	else
		event_u64(e, "eta_s", eta);
	output_end_event(out);
}

void output_progress(struct output *out, const struct progress *p)
{
	uint64_t now = clock_now();
	if (out->last.phase && strcmp(out->last.phase, p->phase) != 0)
		output_last_progress(out);
	meter_feed(&out->meter, p, now);
	/* lines in a file are kept: fewer of them will do */
	bool lines_only = !out->o->json && !out->err_is_tty;
	out->last = *p;
	if (!out->told_at || now - out->told_at >= (lines_only ? CLOCK_SECOND : FIFTH)) {
		out->told_at = now;
		output_last_progress(out);
	}
}

void output_last_progress(struct output *out)
{
	const struct progress p = out->last;
	if (!p.phase)
		return;
	out->last.phase = NULL;
	/* who follows a pipe or the log sees what was done up to now */
	line_flush(&out->out);
	if (out->have_log)
		line_flush(&out->log);
	if (out->o->json)
		progress_event(out, &p);
	if (out->shows_progress)
		tell(out, &p);
}
