#include "xfer/cli/peer.h"

#include <errno.h>

#include "xfer/base/exit.h"
#include "xfer/cli/connect.h"
#include "xfer/cli/status.h"

static int greet(struct peer *p, const struct options *o, struct err *err)
{
	struct frame f;
	link_set_timeout(p->link, connect_timeout(o));
	int r = hello_send_for(p->link, p->behind, err);
	if (r == 0)
		r = link_recv(p->link, &f, err);
	if (r == -ETIMEDOUT) {
		p->status = EXIT_CONNECT_TIMEOUT;
		return err_say(err, -ECONNABORTED, "%s: no answer for %d seconds", p->name,
			       connect_timeout(o));
	}
	if (r == -ECONNRESET || r == -EPIPE)
		err_say(err, r,
			"%s: the connection ended before xfer answered (is it installed there? see --xfer-path and --bootstrap)",
			p->name);
	if (r < 0)
		return r;
	if (f.type == FRAME_ABORT) {
		p->status = link_abort_parse(&f, err->text, sizeof err->text);
		return err->code = -ECONNABORTED;
	}
	r = hello_take(&p->hello, &f, err);
	if (r == 0 && p->behind && p->hello.version > p->behind->version)
		p->hello.version = p->behind->version;
	link_set_timeout(p->link, o->timeout);
	return r;
}

/* What there is to tell of an other side that was not reached. */
static int status_of_start(int code)
{
	switch (code) {
	case -EINVAL:
	case -EINTR:
	case -ECONNRESET:
	case -EPROTO:
		return status_of(code);
	case -ETIMEDOUT:
		return EXIT_CONNECT_TIMEOUT;
	default:
		return EXIT_START;
	}
}

int peer_open(struct peer *p, const struct endpoint *at, const struct options *o,
	      const struct peer_watch *watch, struct err *err)
{
	struct chan *chan;
	*p = (struct peer){ .behind = p->behind, .name = at->host ? at->host : "here" };
	int r = at->host ? connect_remote(&chan, at, o, watch->quit, err) : connect_local(&chan, err);
	if (r < 0) {
		p->status = status_of_start(r);
		return r;
	}
	r = link_new(&p->link, chan, LINK_PLAIN, err);
	if (r < 0) {
		chan_close(chan);
		return r;
	}
	link_set_quit(p->link, watch->quit);
	pace_attach(watch->pace, p->link);
	link_set_idle(p->link, watch->idle, watch->idle_ctx);
	return greet(p, o, err);
}

int peer_configure(struct peer *p, const struct buf *config, struct err *err)
{
	int r = 0;
	for (size_t at = 0; r == 0; at += FRAME_MAX) {
		size_t n = at >= config->len		  ? 0
			   : config->len - at < FRAME_MAX ? config->len - at
							  : FRAME_MAX;
		r = link_send(p->link, FRAME_CONFIG, 0, config->data + at, n, err);
		if (!n)
			break;
	}
	return r < 0 ? r : link_flush(p->link, err);
}

void peer_close(struct peer *p)
{
	link_free(p->link);
	p->link = NULL;
}
