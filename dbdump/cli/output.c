#include "dbdump/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dbdump/cli/meaning.h"
#include "dbdump/cli/report_event.h"
#include "dbdump/cli/report_text.h"
#include "dbdump/cli/totals.h"
#include "xfer/base/clock.h"
#include "xfer/base/exit.h"
#include "xfer/base/meter.h"

#define FIFTH (CLOCK_SECOND / 5)

struct output {
	const struct options *o;
	const char *verb;
	struct line out, err;
	struct event event; /* meaningful with o->json */
	int dropped;	    /* -errno of the first line that was too long for memory */

	bool shows_progress; /* to a person, on standard error */
	struct meter meter;
	uint64_t told_at;     /* clock_now of the last progress; 0 none yet */
	struct progress last; /* that came; its phase is NULL when it was told */
	size_t drawn;	      /* width of the progress line that stands on the terminal */
};

/* Opening and closing. */

static int open_json(struct output *out, struct err *err)
{
	int fd = out->o->json_fd;
	if (!out->o->json || fd < 0)
		return 0;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return err_set(err, -errno, "--json-fd %d", fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return err_say(err, -EBADF, "--json-fd %d: not open for writing", fd);
	/* pg_dump, which may outlive us, must not keep our reader waiting for the end */
	if (fd > STDERR_FILENO)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	out->event.line.fd = fd;
	return 0;
}

int output_open(struct output **result, const struct options *o, const char *verb, struct err *err)
{
	AUTO(output_closep) struct output *out = calloc(1, sizeof *out);
	if (!out)
		return err_set(err, -ENOMEM, "output");
	out->o = o;
	out->verb = verb;
	/* only where it can be redrawn; a program that reads --json has its events */
	out->shows_progress = !o->quiet && !o->json && isatty(STDERR_FILENO);
	line_init(&out->out, STDOUT_FILENO, 0);
	line_init(&out->err, STDERR_FILENO, 0);
	event_init(&out->event, STDOUT_FILENO);
	int r = open_json(out, err);
	if (r < 0)
		return r;
	*result = TAKE(out);
	return 0;
}

/* Takes the progress line off the terminal, before something else is written there. */
static void clear(struct output *out)
{
	if (!out->drawn)
		return;
	/* spaces and not an escape sequence: every terminal has them */
	line_add(&out->err, "\r%*s\r", (int)out->drawn, "");
	line_end(&out->err);
	out->drawn = 0;
}

void output_close(struct output *out)
{
	if (!out)
		return;
	clear(out);
	line_fini(&out->out);
	line_fini(&out->err);
	event_fini(&out->event);
	free(out);
}

void output_closep(struct output **out)
{
	output_close(*out);
}

int output_failed(const struct output *out)
{
	if (out->out.error)
		return out->out.error;
	return out->event.line.error ? out->event.line.error : out->dropped;
}

static void note(struct output *out, int r)
{
	if (r == -EMSGSIZE && !out->dropped)
		out->dropped = r;
}

struct line *output_line(struct output *out)
{
	if (out->o->json || out->o->quiet)
		return NULL;
	clear(out);
	return &out->out;
}

struct event *output_event(struct output *out)
{
	return out->o->json ? &out->event : NULL;
}

void output_end(struct output *out)
{
	note(out, line_end(&out->out));
}

void output_end_event(struct output *out)
{
	note(out, event_end(&out->event));
}

/* What is told meanwhile. */

void output_start(struct output *out, const char *source, const char *destination)
{
	struct event *e = output_event(out);
	if (!e)
		return;
	event_begin(e, "start");
	event_text(e, "verb", out->verb);
	event_i64(e, "pid", getpid());
	event_string(e, "source", source, strlen(source));
	if (destination)
		event_string(e, "destination", destination, strlen(destination));
	output_end_event(out);
}

static struct line *complaint(struct output *out, const char *kind)
{
	clear(out);
	line_add(&out->err, "dbdump: %s: ", kind);
	return &out->err;
}

void output_warning(struct output *out, const char *text)
{
	struct line *l = complaint(out, "warning");
	line_name(l, text, strlen(text));
	line_add(l, "\n");
	line_end(l);
	struct event *e = output_event(out);
	if (!e)
		return;
	event_begin(e, "warning");
	event_string(e, "text", text, strlen(text));
	output_end_event(out);
}

void output_error(struct output *out, const char *text)
{
	struct line *l = complaint(out, "error");
	line_name(l, text, strlen(text));
	line_add(l, "\n");
	line_end(l);
}

void output_failure(struct output *out, const struct failure *f)
{
	struct line *l = complaint(out, "error");
	line_add(l, "%s ", f->kind);
	line_name(l, f->name, strlen(f->name));
	line_add(l, ": ");
	line_name(l, f->text, strlen(f->text));
	line_add(l, "\n");
	line_end(l);
	struct event *e = output_event(out);
	if (!e)
		return;
	event_begin(e, "failure");
	report_event_failure(e, f);
	output_end_event(out);
}

void output_connected(struct output *out, bool source, const struct server_info *info,
		      const struct snapshot *s)
{
	struct line *l = out->o->verbose ? output_line(out) : NULL;
	if (!l)
		return;
	line_add(l, "%s: ", source ? "source" : "destination");
	line_name(l, info->version, strlen(info->version));
	if (s)
		line_add(l, "; snapshot: %s, %u connection%s", s->how, s->connections,
			 s->connections == 1 ? "" : "s");
	if (s && *s->position) {
		line_add(l, ", at ");
		line_name(l, s->position, strlen(s->position));
	}
	line_add(l, "\n");
	output_end(out);
}

/* Progress. */

static size_t terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 2)
		return 80;
	return size.ws_col;
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

/* A phase's last is where it ended. */
static void tell_last(struct output *out)
{
	const struct progress p = out->last;
	if (!p.phase)
		return;
	out->last.phase = NULL;
	if (out->o->json)
		progress_event(out, &p);
	if (out->shows_progress)
		draw(out, &p);
}

void output_progress(struct output *out, const struct progress *p)
{
	uint64_t now = clock_now();
	if (out->last.phase && strcmp(out->last.phase, p->phase) != 0)
		tell_last(out);
	meter_feed(&out->meter, p, now);
	out->last = *p;
	if (!out->told_at || now - out->told_at >= FIFTH) {
		out->told_at = now;
		tell_last(out);
	}
}

/* The report. */

static void report_to_people(struct output *out, const struct report *r, const struct totals *t)
{
	struct report_style style = { .verify = !strcmp(out->verb, "verify"), .verbose = out->o->verbose };
	if (r->error.code)
		output_error(out, r->error.text);
	else if (out->o->quiet && r->status != EXIT_OK) /* it is not silent about what went wrong */
		output_error(out, meaning_of(r->status));
	/* where nothing was begun there is nothing to report */
	struct line *l = r->phase_count ? output_line(out) : NULL;
	if (!l)
		return;
	report_text(l, r, t, &style);
	output_end(out);
}

int output_report(struct output *out, const struct report *r)
{
	struct totals t;
	tell_last(out);
	int rc = totals_of(&t, r);
	if (rc < 0)
		return rc;
	clear(out);
	report_to_people(out, r, &t);
	if (out->o->json)
		note(out, report_event(&out->event, out->verb, r, &t));
	return output_failed(out);
}
