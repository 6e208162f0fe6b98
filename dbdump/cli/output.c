#include "dbdump/cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/cli/meaning.h"
#include "dbdump/cli/report_event.h"
#include "dbdump/cli/report_text.h"
#include "dbdump/cli/totals.h"
#include "xfer/base/exit.h"
#include "xfer/front/json_fd.h"
#include "xfer/front/ticker.h"

struct output {
	const struct options *o;
	const char *verb;
	struct line out, err;
	struct event event; /* meaningful with o->json */
	int dropped;	    /* -errno of the first line that was too long for memory */
	struct ticker ticker;
};

/* Opening and closing. */

int output_open(struct output **result, const struct options *o, const char *verb, struct err *err)
{
	AUTO(output_closep) struct output *out = calloc(1, sizeof *out);
	if (!out)
		return err_set(err, -ENOMEM, "output");
	out->o = o;
	out->verb = verb;
	line_init(&out->out, STDOUT_FILENO, 0);
	line_init(&out->err, STDERR_FILENO, 0);
	event_init(&out->event, STDOUT_FILENO);
	if (o->json && o->json_fd >= 0) {
		int r = json_fd_use(&out->event, o->json_fd, err);
		if (r < 0)
			return r;
	}
	/* only where it can be redrawn; a program that reads --json has its events */
	bool shows = !o->quiet && !o->json && isatty(STDERR_FILENO);
	out->ticker = (struct ticker){ .people = shows ? &out->err : NULL,
				       .redraws = true,
				       .event = output_event(out) };
	*result = TAKE(out);
	return 0;
}

int output_aside(struct output *out, struct err *err)
{
	if (out->o->json && out->o->json_fd < 0)
		return err_say(err, -EINVAL,
			       "standard output is the archive's: --json-fd says where events go");
	line_init(&out->out, STDERR_FILENO, 0);
	return 0;
}

void output_close(struct output *out)
{
	if (!out)
		return;
	ticker_clear(&out->ticker);
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
	ticker_clear(&out->ticker);
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
	ticker_clear(&out->ticker);
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
	if (s) {
		line_add(l, "; snapshot: ");
		line_name(l, s->how, strlen(s->how)); /* an archive may say anything */
		line_add(l, ", %u connection%s", s->connections, s->connections == 1 ? "" : "s");
	}
	if (s && *s->position) {
		line_add(l, ", at ");
		line_name(l, s->position, strlen(s->position));
	}
	line_add(l, "\n");
	output_end(out);
}

void output_progress(struct output *out, const struct progress *p)
{
	note(out, ticker_feed(&out->ticker, p));
}

/* The same, for whom a run tells. */

static void observe_progress(void *ctx, const struct progress *p)
{
	output_progress(ctx, p);
}

static void observe_warning(void *ctx, const char *text)
{
	output_warning(ctx, text);
}

static void observe_failure(void *ctx, const struct failure *f)
{
	output_failure(ctx, f);
}

static void observe_connected(void *ctx, bool source, const struct server_info *info,
			      const struct snapshot *s)
{
	output_connected(ctx, source, info, s);
}

struct observer output_observer(struct output *out, const volatile int *quit)
{
	return (struct observer){ .progress = observe_progress,
				  .warn = observe_warning,
				  .failure = observe_failure,
				  .connected = observe_connected,
				  .ctx = out,
				  .quit = quit };
}

/* The report. */

static void report_to_people(struct output *out, const struct report *r, const struct totals *t)
{
	struct report_style style = { .verify = !strcmp(out->verb, "verify"),
				      .dump = !strcmp(out->verb, "dump"),
				      .verbose = out->o->verbose };
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
	note(out, ticker_last(&out->ticker));
	int rc = totals_of(&t, r);
	if (rc < 0)
		return rc;
	ticker_clear(&out->ticker);
	report_to_people(out, r, &t);
	if (out->o->json)
		note(out, report_event(&out->event, out->verb, r, &t));
	return output_failed(out);
}
