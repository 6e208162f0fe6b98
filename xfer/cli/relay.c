#include "xfer/cli/relay.h"

#include <errno.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/cli/peer.h"
#include "xfer/cli/status.h"
#include "xfer/tree/note.h"
#include "xfer/base/strings.h"
#include "xfer/wire/splice.h"

enum { FROM, TO };

static const unsigned handled = 1U << FRAME_NOTE | 1U << FRAME_ABORT | 1U << FRAME_DONE | 1U << FRAME_FINAL;

struct watch {
	struct transfer *t;
	const char *name[SPLICE_ENDS];
	bool done; /* DONE of this pass was seen */
	bool finished;
	uint64_t began; /* this pass */
};

static int illegal(const struct watch *w, int from, struct err *err)
{
	return err_set(err, -EPROTO, "%s: its end of a pass comes at the wrong time, or does not parse",
		       w->name[from]);
}

static int on_done(struct watch *w, int from, struct reader *in, struct err *err)
{
	struct transfer *t = w->t;
	if (from != FROM || w->done || w->finished ||
	    account_get(in, t->phase ? &t->verify_source : &t->source) < 0)
		return illegal(w, from, err);
	w->done = true;
	return 1;
}

static int on_final(struct watch *w, int from, struct reader *in, struct err *err)
{
	struct transfer *t = w->t;
	if (from != TO || !w->done || account_get(in, t->phase ? &t->verify_target : &t->target) < 0)
		return illegal(w, from, err);
	double seconds = (double)(clock_now() - w->began) / 1e9;
	*(t->phase ? &t->verify_seconds : &t->transfer_seconds) = seconds;
	*(t->phase ? &t->verified : &t->complete) = true;
	w->began = clock_now();
	w->done = false;
	w->finished = t->phase || !transfer_verifies(t->options);
	t->phase++;
	return 1;
}

static int on_frame(void *ctx, int from, const struct frame *f, struct err *err)
{
	struct watch *w = ctx;
	struct reader in = reader_of(f->data, f->len);
	int r;
	switch (f->type) {
	case FRAME_NOTE:
		r = note_deliver(f, w->t->tell, err);
		if (r < 0)
			err_context(err, "%s", w->name[from]);
		return r;
	case FRAME_ABORT:
		w->t->abort_status = link_abort_parse(f, err->text, sizeof err->text);
		err_context(err, "%s", w->name[from]);
		return err->code = -ECONNABORTED;
	case FRAME_DONE:
		return on_done(w, from, &in, err);
	default:
		return on_final(w, from, &in, err);
	}
}

static int configure(struct peer *p, enum config_role role, unsigned tell, const struct strings *operands,
		     const struct options *o, struct err *err)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, CONFIG_MAX);
	int r = config_put(&b, role, tell, operands, o);
	return r < 0 ? err_set(err, r, "the options") : peer_configure(p, &b, err);
}

/* The receiver is told what was asked for, too: a sender that says more is not to be believed. */
static int configure_receiver(const struct relay *r, struct peer *p, const struct options *o, struct err *err)
{
	struct strings operands = { 0 };
	int code = strings_add(&operands, r->destination, strlen(r->destination));
	for (size_t i = 0; code == 0 && r->to_role == CONFIG_RECEIVE && i < r->paths->count; i++)
		code = strings_add(&operands, r->paths->at[i], strlen(r->paths->at[i]));
	code = code < 0 ? err_set(err, code, "the options")
			: configure(p, r->to_role, r->tell, &operands, o, err);
	strings_fini(&operands);
	return code;
}

/* Reaches both. The source is told whom it will speak to, the destination's host: that is how it finds out that the two are
 * one host, and which version to speak. A destination that is newer than the source is greeted again. */
static int reach(const struct relay *r, struct peer p[SPLICE_ENDS], const struct options *o, struct err *err)
{
	const struct peer_watch watch = { .quit = r->quit, .pace = r->pace };
	int code = peer_open(&p[TO], r->to, o, &watch, err);
	if (code < 0)
		return code;
	p[FROM].behind = &p[TO].hello;
	code = peer_open(&p[FROM], r->from, o, &watch, err);
	if (code < 0 || p[FROM].hello.version == p[TO].hello.version)
		return code;
	peer_close(&p[TO]);
	p[TO].behind = &p[FROM].hello;
	return peer_open(&p[TO], r->to, o, &watch, err);
}

static int configure_both(const struct relay *r, struct peer p[SPLICE_ENDS], const struct options *o,
			  struct err *err)
{
	int code = configure_receiver(r, &p[TO], o, err);
	if (code == 0)
		code = configure(&p[FROM], r->from_role, r->tell | CONFIG_TELL_PROGRESS, r->paths, o, err);
	return code;
}

/* A session that cannot begin: who listens is told. */
static void give_up(struct peer p[SPLICE_ENDS], int code, const struct err *err)
{
	for (int i = 0; i < SPLICE_ENDS; i++) {
		if (p[i].link && code != -ECONNABORTED)
			link_abort(p[i].link, status_of(code), err->text);
		peer_close(&p[i]);
	}
}

static void join(struct peer p[SPLICE_ENDS], struct splice_end end[SPLICE_ENDS])
{
	for (int i = 0; i < SPLICE_ENDS; i++) {
		end[i].name = p[i].name;
		buf_init(&end[i].begun, 4 << 20);
		link_release(p[i].link, &end[i].chan, &end[i].begun);
		p[i].link = NULL;
	}
}

static int carry(struct relay *r, struct peer p[SPLICE_ENDS], struct transfer *t, struct err *err)
{
	struct watch w = { .t = t, .name = { p[FROM].name, p[TO].name }, .began = clock_now() };
	struct splice_job job = {
		.handled = handled,
		.handler = on_frame,
		.ctx = &w,
		.timeout = t->options->timeout,
		.quit = r->quit,
		.watch = pace_watch,
		.watch_ctx = r->pace,
	};
	struct splice_end end[SPLICE_ENDS];
	struct splice *s;
	join(p, end);
	int code = splice_new(&s, &job, end, err);
	for (int i = 0; i < SPLICE_ENDS; i++)
		buf_fini(&end[i].begun);
	if (code < 0)
		return code;
	pace_attach_splice(r->pace, s);
	code = splice_run(s, &w.finished, err);
	/* Ctrl-C reaches ssh too, and what we see first may be the end of a connection */
	if (*r->quit && (code == -ECONNRESET || code == -EPIPE))
		code = err_say(err, -EINTR, "interrupted");
	if (code < 0)
		splice_abort(s, t->abort_status ? t->abort_status : status_of(code), err->text);
	splice_get_stats(s, &r->traffic);
	splice_free(s);
	return code;
}

int relay_run(struct relay *r, struct transfer *t, struct err *err)
{
	struct peer p[SPLICE_ENDS] = { 0 };
	int code = reach(r, p, t->options, err);
	if (code == 0)
		code = configure_both(r, p, t->options, err);
	if (code < 0) {
		r->status = p[FROM].status ? p[FROM].status : p[TO].status;
		give_up(p, code, err);
		return code;
	}
	r->connected = clock_now();
	code = carry(r, p, t, err);
	r->status = t->abort_status;
	return code;
}
