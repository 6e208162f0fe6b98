#include "dbdump/agent/carry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/agent/caller.h"
#include "dbdump/agent/serve.h"
#include "dbdump/outcome.h"
#include "xfer/base/clock.h"
#include "xfer/wire/hello.h"
#include "xfer/wire/splice.h"

enum { ORDER_MOST = 16 << 20 };

static const unsigned handled = 1U << FRAME_NOTE | 1U << FRAME_ABORT | 1U << FRAME_DONE | 1U << FRAME_FINAL;

struct carry {
	const struct carry_job *job;
	const char *name[CARRY_ENDS];
	struct link *link[CARRY_ENDS];
	struct hearing hearing[CARRY_ENDS];
	struct report source;		      /* the dump's own: it counts when the dump ended early */
	bool done, finished;		      /* DONE, FINAL came */
	int abort_status;		      /* of an ABORT; else 0 */
	struct caller_news *news[CARRY_ENDS]; /* NULL: it is here */
	unsigned told[CARRY_ENDS];	      /* losses of its link */
	int silence;			      /* AGENT_SILENCE, and what a link may be lost */
};

int carry_parse_host(struct remote *out, const char *text, struct err *err)
{
	const char *at = strrchr(text, '@'), *host = at ? at + 1 : text;
	if (!*host || *host == '-' || *text == '-' || at == text)
		return err_say(err, -EINVAL, "%s: no [user@]host", text);
	out->host = strdup(host);
	out->user = at ? strndup(text, (size_t)(at - text)) : NULL;
	return out->host && (out->user || !at) ? 0 : err_set(err, -ENOMEM, "%s", text);
}

/* Reaching them. */

static int open_remote(struct chan **out, struct carry *c, int which, struct err *err)
{
	AUTO(strings_fini) struct strings words = { 0 };
	const struct carry_job *job = c->job;
	const struct remote *to = &job->ends[which].at;
	const struct caller_job call = { .words = &words,
					 .wait_s = job->wait_s,
					 .silence_s = job->silence_s,
					 .foreign = c->link[!which] ? link_rfd(c->link[!which]) : -1 };
	const char *tail[] = { job->program ? job->program : "dbdump", "agent" };
	int rc = remote_words(&words, job->shell, to, err);
	for (size_t i = 0; rc == 0 && i < sizeof tail / sizeof *tail; i++)
		if (strings_add(&words, tail[i], strlen(tail[i])))
			rc = err_set(err, -ENOMEM, "%s", to->host);
	return rc ? rc : caller_open(out, &c->news[which], &call, err);
}

static int body_here(void *ctx, int fd)
{
	const struct carry *c = ctx;
	return c->job->here(fd, c->silence);
}

static int greet(struct link *l, const struct caller_news *news, const char *name, struct err *err)
{
	struct frame f;
	struct hello hello;
	int rc = hello_send(l, err);
	if (rc == 0)
		rc = link_recv(l, &f, err);
	if ((rc == -ECONNRESET || rc == -EPIPE) && news && news->err.code) {
		*err = news->err;
		rc = err->code;
	} else if (rc == -ECONNRESET || rc == -EPIPE) {
		return err_say(
			err, -ECONNREFUSED,
			"%s: the connection ended before dbdump answered (is it installed there? see --dbdump-path)",
			name);
	}
	if (rc == 0)
		rc = hello_take(&hello, &f, err);
	if (rc < 0)
		err_context(err, "%s", name);
	return rc;
}

static int give_order(struct link *l, const struct order *o, struct err *err)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, ORDER_MOST);
	int rc = order_pack(&b, o, err);
	for (size_t at = 0; rc == 0; at += FRAME_MAX) {
		size_t left = at < b.len ? b.len - at : 0;
		rc = link_send(l, FRAME_CONFIG, 0, b.data + (left ? at : 0),
			       left < FRAME_MAX ? left : FRAME_MAX, err);
		if (!left)
			break;
	}
	return rc ? rc : link_flush(l, err);
}

static int reach(struct carry *c, int which, struct err *err)
{
	const struct carry_end *end = &c->job->ends[which];
	struct chan *chan;
	int rc = end->at.host ? open_remote(&chan, c, which, err) : chan_open_fork(&chan, body_here, c, err);
	if (rc < 0)
		return rc;
	rc = link_new(&c->link[which], chan, LINK_PLAIN, err);
	if (rc < 0) {
		chan_close(chan);
		return rc;
	}
	link_set_quit(c->link[which], c->job->observer->quit);
	rc = greet(c->link[which], c->news[which], c->name[which], err);
	link_set_timeout(c->link[which], c->silence);
	return rc;
}

/* A fork has what we have open: it comes first, so that it holds no end of the other one's connection. */
static int reach_both(struct carry *c, struct err *err)
{
	int first = c->job->ends[CARRY_TO].at.host ? CARRY_FROM : CARRY_TO;
	int rc = reach(c, first, err);
	if (rc == 0)
		rc = reach(c, !first, err);
	for (int i = 0; i < CARRY_ENDS && rc == 0; i++)
		rc = give_order(c->link[i], &c->job->ends[i].order, err);
	return rc;
}

/* What they say. */

static int on_note(struct carry *c, int from, const struct frame *f, struct err *err)
{
	int rc = hearing_take(&c->hearing[from], f->data, f->len, err);
	if (rc < 0)
		err_context(err, "%s", c->name[from]);
	return rc;
}

/* Its report says why it ended, if it ended early; the archive's stream does not. */
static int on_done(struct carry *c, struct err *err)
{
	if (c->done || !c->hearing[CARRY_FROM].over)
		return err_say(err, -EPROTO, "%s: it ends at the wrong time", c->name[CARRY_FROM]);
	c->done = true;
	if (!c->source.error.code)
		return 1;
	*err = c->source.error;
	return err->code ? err->code : 1;
}

/* Who reads still is told to stop: of a load that ended early nothing more is wanted. */
static int on_final(struct carry *c, struct err *err)
{
	if (!c->hearing[CARRY_TO].over)
		return err_say(err, -EPROTO, "%s: it ends at the wrong time", c->name[CARRY_TO]);
	c->finished = true;
	return c->done ? 0 : err_say(err, -ECANCELED, "the destination has ended");
}

static int on_frame(void *ctx, int from, const struct frame *f, struct err *err)
{
	struct carry *c = ctx;
	switch (f->type) {
	case FRAME_NOTE:
		return on_note(c, from, f, err);
	case FRAME_ABORT:
		c->abort_status = link_abort_parse(f, err->text, sizeof err->text);
		err_context(err, "%s", c->name[from]);
		return err->code = -ECONNABORTED;
	case FRAME_DONE:
		if (from == CARRY_FROM)
			return on_done(c, err);
		break;
	default:
		if (from == CARRY_TO)
			return on_final(c, err);
		break;
	}
	return err_say(err, -EPROTO, "%s: a frame of type %u at the wrong time", c->name[from], f->type);
}

static void join(struct carry *c, struct splice_end end[CARRY_ENDS])
{
	for (int i = 0; i < CARRY_ENDS; i++) {
		end[i].name = c->name[i];
		buf_init(&end[i].begun, 4 << 20);
		link_release(c->link[i], &end[i].chan, &end[i].begun);
		c->link[i] = NULL;
	}
}

/* A link that is lost for good ends its channel, and knows why. */
static int find_reason(const struct carry *c, int rc, struct err *err)
{
	for (int i = 0; i < CARRY_ENDS && rc < 0 && rc != -EINTR && rc != -ECONNABORTED && rc != -ECANCELED;
	     i++) {
		if (!c->news[i] || !c->news[i]->err.code)
			continue;
		*err = c->news[i]->err;
		err_context(err, "%s", c->name[i]);
		return err->code;
	}
	return rc;
}

/* Whose link is lost now is said while it is. */
static int watch(void *ctx, struct err *err)
{
	struct carry *c = ctx;
	const struct observer *o = c->job->observer;
	(void)err;
	for (int i = 0; i < CARRY_ENDS; i++) {
		unsigned lost = c->news[i] ? atomic_load(&c->news[i]->lost) : 0;
		char text[ERR_TEXT];
		if (lost == c->told[i] || !o->warn)
			continue;
		c->told[i] = lost;
		snprintf(text, sizeof text, "the link to %s was lost: it is taken up again", c->name[i]);
		o->warn(o->ctx, text);
	}
	return 0;
}

static int carry(struct carry *c, struct err *err)
{
	struct splice_job job = { .handled = handled,
				  .handler = on_frame,
				  .ctx = c,
				  .watch = watch,
				  .watch_ctx = c,
				  .timeout = c->silence,
				  .quit = c->job->observer->quit };
	struct splice_end end[CARRY_ENDS];
	struct splice *s;
	join(c, end);
	int rc = splice_new(&s, &job, end, err);
	for (int i = 0; i < CARRY_ENDS; i++)
		buf_fini(&end[i].begun);
	if (rc < 0)
		return rc;
	rc = find_reason(c, splice_run(s, &c->finished, err), err);
	/* Ctrl-C reaches ssh too, and what we see first may be the end of a connection */
	if (rc < 0 && *job.quit)
		rc = err_say(err, -EINTR, "interrupted");
	if (rc < 0)
		splice_abort(s, (int)outcome_of_error(rc), err->text);
	splice_free(s);
	return rc;
}

/* In the report, however it ended. */
static void count_losses(const struct carry *c, struct report *report)
{
	for (int i = 0; i < CARRY_ENDS; i++) {
		unsigned n = c->news[i] ? atomic_load(&c->news[i]->resumed) : 0;
		char text[ERR_TEXT];
		if (!n)
			continue;
		int len = snprintf(text, sizeof text, "the link to %s was lost and taken up again %u time%s",
				   c->name[i], n, n > 1 ? "s" : "");
		if (strings_add(&report->warnings, text, (size_t)len) == 0 && c->job->observer->warn)
			c->job->observer->warn(c->job->observer->ctx, text);
	}
}

static void give_up(struct carry *c, const struct err *err)
{
	for (int i = 0; i < CARRY_ENDS; i++) {
		if (c->link[i])
			link_abort(c->link[i], (int)outcome_of_error(err->code), err->text);
		link_free(c->link[i]);
	}
}

/* The destination's report tells of the whole: what its source could not read stands in the stream. Where it ended early, who ended it
 * says why. */
static void conclude(struct carry *c, struct report *report, int rc, struct err *err)
{
	if (rc == -ECANCELED && c->finished)
		return;
	if (c->source.error.code && !c->finished) {
		report_fini(report);
		*report = c->source;
		c->source = (struct report){ 0 };
	} else if (rc < 0) {
		report->error = *err;
		report->status = c->abort_status ? c->abort_status : (int)outcome_of_error(rc);
	}
	if (rc < 0)
		report->verified = VERIFY_NONE;
}

int carry_run(struct report *report, struct strings *words, const struct carry_job *job)
{
	/* what the dump tells meanwhile, the load tells again from the stream */
	const struct observer quiet = { .warn = job->observer->warn, .ctx = job->observer->ctx };
	struct carry c = { .job = job, .silence = AGENT_SILENCE };
	if (job->wait_s)
		c.silence += (int)(job->wait_s + job->silence_s);
	struct err err = { 0 };
	uint64_t since = clock_now();
	c.hearing[CARRY_FROM] = (struct hearing){ .observer = &quiet, .report = &c.source, .words = words };
	c.hearing[CARRY_TO] = (struct hearing){ .observer = job->observer, .report = report, .words = words };
	for (int i = 0; i < CARRY_ENDS; i++)
		c.name[i] = job->ends[i].at.host ? job->ends[i].at.host : "here";
	int rc = reach_both(&c, &err);
	if (rc < 0)
		give_up(&c, &err);
	else
		rc = carry(&c, &err);
	conclude(&c, report, rc, &err);
	count_losses(&c, report);
	for (int i = 0; i < CARRY_ENDS; i++)
		caller_forget(c.news[i]);
	report->seconds = (double)(clock_now() - since) / (double)CLOCK_SECOND;
	report_fini(&c.source);
	return report->status;
}
