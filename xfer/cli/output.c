#include "xfer/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "xfer/base/exit.h"
#include "xfer/cli/output_impl.h"
#include "xfer/cli/report_text.h"
#include "xfer/front/json_fd.h"

enum { HOLD = 32 << 10 }; /* bytes of lines for a pipe or a file that are written at once */

/* Opening and closing. */

static int open_log(struct output *out, struct err *err)
{
	const char *path = out->o->log_file;
	if (!path)
		return 0;
	/* names are the customer's data: nobody else reads them */
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return err_set(err, -errno, "%s: open the log file", path);
	line_init(&out->log, fd, HOLD);
	out->have_log = true;
	return 0;
}

static void ignore_sigpipe(void)
{
	struct sigaction now, ignore = { .sa_handler = SIG_IGN };
	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		sigaction(SIGPIPE, &ignore, NULL);
}

static void start_ticker(struct output *out)
{
	const struct options *o = out->o;
	/* without being asked only where it can be redrawn; a program that reads --json has its events */
	bool shows = !o->quiet && !o->list_only && (o->progress || out->err_is_tty) &&
		     (!o->json || (o->progress && out->err_is_tty));
	out->ticker = (struct ticker){ .people = shows ? &out->err : NULL,
				       .redraws = out->err_is_tty,
				       .event = o->json ? &out->event : NULL,
				       .earlier = { &out->out, out->have_log ? &out->log : NULL } };
}

int output_open(struct output **result, const struct options *o, const char *verb, struct err *err)
{
	AUTO(output_closep) struct output *out = calloc(1, sizeof *out);
	if (!out)
		return err_set(err, -ENOMEM, "output");
	out->o = o;
	out->verb = verb;
	out->is_verify = !strcmp(verb, "verify");
	out->out_is_tty = isatty(STDOUT_FILENO);
	out->err_is_tty = isatty(STDERR_FILENO);
	line_init(&out->out, STDOUT_FILENO, out->out_is_tty ? 0 : HOLD);
	line_init(&out->err, STDERR_FILENO, 0);
	event_init(&out->event, STDOUT_FILENO);

	int rc = o->json && o->json_fd >= 0 ? json_fd_use(&out->event, o->json_fd, err) : 0;
	if (rc == 0)
		rc = open_log(out, err);
	if (rc < 0)
		return rc;
	start_ticker(out);
	ignore_sigpipe();
	*result = TAKE(out);
	return 0;
}

static void flush_all(struct output *out)
{
	line_flush(&out->out);
	if (out->have_log)
		line_flush(&out->log);
}

void output_close(struct output *out)
{
	if (!out)
		return;
	ticker_clear(&out->ticker);
	flush_all(out);
	line_fini(&out->out);
	line_fini(&out->err);
	line_fini(&out->log);
	event_fini(&out->event);
	if (out->have_log)
		close(out->log.fd);
	for (size_t i = 0; i < out->failures_kept; i++) {
		free(out->failures[i].item);
		free(out->failures[i].error);
	}
	free(out);
}

void output_leave_stdout(struct output *out)
{
	out->out.fd = STDERR_FILENO;
	out->out_is_tty = out->err_is_tty;
}

void output_closep(struct output **out)
{
	output_close(*out);
}

int output_failed(const struct output *out)
{
	if (out->out.error)
		return out->out.error;
	if (out->event.line.error)
		return out->event.line.error;
	return out->log.error ? out->log.error : out->dropped;
}

/* Lines. */

static void note(struct output *out, int rc)
{
	if (rc == -EMSGSIZE && !out->dropped)
		out->dropped = rc;
}

void output_end(struct output *out, struct line *l)
{
	note(out, line_end(l));
}

void output_end_event(struct output *out)
{
	note(out, event_end(&out->event));
}

void output_progress(struct output *out, const struct progress *p)
{
	note(out, ticker_feed(&out->ticker, p));
}

/* The beginning of a line of the log, as rsync's --log-file has it. False when there is no log. */
static bool log_begin(struct output *out)
{
	char when[40];
	struct tm tm;
	time_t now = time(NULL);
	if (!out->have_log)
		return false;
	if (!localtime_r(&now, &tm) || !strftime(when, sizeof when, "%Y/%m/%d %H:%M:%S", &tm))
		snprintf(when, sizeof when, "@%lld", (long long)now);
	line_add(&out->log, "%s [%d] ", when, (int)getpid());
	return true;
}

static void log_end(struct output *out)
{
	line_add(&out->log, "\n");
	output_end(out, &out->log);
}

void output_start(struct output *out, char **src, size_t n, const char *dst)
{
	if (log_begin(out)) {
		line_add(&out->log, "%s%s:", out->verb,
			 out->o->dry_run && !out->is_verify ? " (dry run)" : "");
		for (size_t i = 0; i < n; i++) {
			line_add(&out->log, " ");
			line_name(&out->log, src[i], strlen(src[i]));
		}
		line_add(&out->log, " => ");
		line_name(&out->log, dst, strlen(dst));
		log_end(out);
	}
	if (!out->o->json)
		return;
	struct event *e = &out->event;
	event_begin(e, "start");
	event_text(e, "verb", out->verb);
	event_bool(e, "dry_run", out->o->dry_run);
	event_i64(e, "pid", getpid());
	event_open_array(e, "sources");
	for (size_t i = 0; i < n; i++) {
		event_open(e, NULL);
		event_text(e, "path", src[i]);
		event_close(e);
	}
	event_close(e);
	event_open(e, "destination");
	event_text(e, "path", dst);
	event_close(e);
	output_end_event(out);
}

/* Items. */

static bool is_deletion(const char *change)
{
	return !strncmp(change, "*deleting", 9);
}

static void item_line(struct line *l, const char *change, const char *name, size_t len, const char *suffix)
{
	if (change) {
		line_name(l, change, strlen(change));
		line_add(l, " ");
	}
	line_name(l, name, len);
	if (suffix)
		line_name(l, suffix, strlen(suffix));
}

static void item_event(struct output *out, const char *change, const char *name, size_t len,
		       const char *suffix)
{
	struct event *e = &out->event;
	event_begin(e, "item");
	event_text(e, "change", change);
	event_string(e, "item", name, len);
	if (suffix && !strncmp(suffix, " -> ", 4))
		event_text(e, "link", suffix + 4);
	else if (suffix && !strncmp(suffix, " => ", 4))
		event_text(e, "hard_link", suffix + 4);
	else if (suffix)
		event_text(e, "suffix", suffix);
	output_end_event(out);
}

void output_item(struct output *out, const char *change, const char *name, size_t len, const char *suffix)
{
	const struct options *o = out->o;
	if (log_begin(out)) {
		item_line(&out->log, change, name, len, suffix);
		log_end(out);
	}
	if (!o->itemize && !o->verbose)
		return;
	if (o->json) {
		item_event(out, change, name, len, suffix);
		return;
	}
	if (out->out_is_tty)
		ticker_clear(&out->ticker);
	bool with_code = o->itemize || o->dry_run;
	if (!with_code && is_deletion(change))
		line_add(&out->out, "deleting ");
	item_line(&out->out, with_code ? change : NULL, name, len, suffix);
	line_add(&out->out, "\n");
	output_end(out, &out->out);
}

/* Failures and warnings. */

static void keep_failure(struct output *out, const char *item, size_t len, const char *error, int errnum)
{
	size_t bytes = len + strlen(error) + 2;
	out->failures_total++;
	if (out->failures_kept == OUTPUT_FAILURES || bytes > OUTPUT_FAILURE_BYTES - out->failures_bytes)
		return;
	struct failure f = { .item = malloc(len + 1), .error = strdup(error), .len = len, .errnum = errnum };
	if (!f.item || !f.error) {
		/* it is counted and was told; only the list is shorter */
		free(f.item);
		free(f.error);
		return;
	}
	memcpy(f.item, item, len);
	f.item[len] = '\0';
	out->failures_bytes += bytes;
	out->failures[out->failures_kept++] = f;
}

/* Errors often name the item already; a directory's name without its slash. */
static bool begins_with(const char *error, const char *item, size_t len)
{
	if (len > 1 && item[len - 1] == '/')
		len--;
	return strlen(error) >= len && !memcmp(error, item, len);
}

static void complain(struct line *l, const char *kind, const char *item, size_t len, const char *text)
{
	line_add(l, "%s: ", kind);
	if (len && !begins_with(text, item, len)) {
		line_name(l, item, len);
		line_add(l, ": ");
	}
	line_name(l, text, strlen(text));
}

/* To standard error and to the log, where it must not wait for the lines that follow. */
static void complain_everywhere(struct output *out, const char *kind, const char *item, size_t len,
				const char *text)
{
	ticker_clear(&out->ticker);
	/* both streams may be one terminal or file: what came before stands before */
	line_flush(&out->out);
	line_add(&out->err, "xfer: ");
	complain(&out->err, kind, item, len, text);
	line_add(&out->err, "\n");
	output_end(out, &out->err);
	if (log_begin(out)) {
		complain(&out->log, kind, item, len, text);
		log_end(out);
		line_flush(&out->log);
	}
}

void output_failure(struct output *out, const char *item, size_t len, const char *error, int errnum)
{
	if (errnum < 0)
		errnum = -errnum;
	if (!item)
		item = "";
	keep_failure(out, item, len, error, errnum);
	complain_everywhere(out, "error", item, len, error);
	if (!out->o->json)
		return;
	event_begin(&out->event, "failure");
	report_event_failure(&out->event, item, len, error, errnum);
	output_end_event(out);
}

void output_warning(struct output *out, const char *text)
{
	complain_everywhere(out, "warning", "", 0, text);
	if (!out->o->json)
		return;
	event_begin(&out->event, "warning");
	event_text(&out->event, "text", text);
	output_end_event(out);
}

/* The report. */

static void log_rows(struct output *out, const struct line *text)
{
	const char *at = (const char *)text->text.data, *end = at + text->text.len;
	while (at < end && log_begin(out)) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = newline ? (size_t)(newline - at) : (size_t)(end - at);
		line_add(&out->log, "%.*s", (int)n, at);
		log_end(out);
		at += n + 1;
	}
}

int output_report(struct output *out, const struct report *r)
{
	const struct options *o = out->o;
	struct report_style style = { .verify = out->is_verify, .human = o->human, .stats = o->stats };
	AUTO(line_fini) struct line text;

	note(out, ticker_last(&out->ticker));
	ticker_clear(&out->ticker);
	line_init(&text, -1, SIZE_MAX);
	report_text(&text, r, &style);
	log_rows(out, &text);
	if (!o->json && !o->quiet) {
		buf_bytes(&out->out.text, text.text.data, text.text.len);
		output_end(out, &out->out);
	}
	flush_all(out);
	/* quiet is not silent about what went wrong */
	if (o->quiet && r->exit != EXIT_OK) {
		line_add(&out->err, "xfer: error: %s (%d)\n", exit_sentence(r->exit), r->exit);
		output_end(out, &out->err);
	}
	if (o->json)
		note(out, report_event(&out->event, out->verb, r, out->failures, out->failures_kept,
				       out->failures_total));
	return output_failed(out);
}
