#include "xfer/cli/serve.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "xfer/base/exit.h"
#include "xfer/cli/config.h"
#include "xfer/cli/status.h"
#include "xfer/tree/note.h"
#include "xfer/tree/stream.h"
#include "xfer/tree/transfer.h"

volatile sig_atomic_t serve_quit;

static int recv_type(struct link *l, struct frame *f, enum frame_type type, struct err *err)
{
	int r = link_recv(l, f, err);
	if (r < 0)
		return r;
	if (f->type == FRAME_ABORT) {
		link_abort_parse(f, err->text, sizeof err->text);
		return err->code = -ECONNABORTED;
	}
	if (f->type != type)
		return err_set(err, -EPROTO, "a frame of kind %u came where kind %u belongs", f->type, type);
	return 0;
}

/* Gathers the CONFIG frames. */
static int recv_config(struct link *l, struct buf *config, struct err *err)
{
	struct frame f;
	int r;
	do {
		r = recv_type(l, &f, FRAME_CONFIG, err);
		if (r < 0)
			return r;
		buf_bytes(config, f.data, f.len);
		if (config->failed)
			return err_set(err, -EPROTO, "the configuration is too large");
	} while (f.len);
	return 0;
}

static int run(struct link *l, struct config *c, struct err *err)
{
	struct frame f;
	struct hello hello;
	int r = recv_type(l, &f, FRAME_HELLO, err);
	if (r == 0)
		r = hello_take(&hello, &f, err);
	/* answered also when the versions do not fit, so that both sides can say so */
	struct err ignored;
	int sent = hello_send(l, r == 0 ? err : &ignored);
	if (r == 0)
		r = sent;
	struct buf config;
	buf_init(&config, CONFIG_MAX);
	if (r == 0)
		r = recv_config(l, &config, err);
	if (r == 0)
		r = config_get(c, config.data, config.len, err);
	buf_fini(&config);
	if (r < 0)
		return r;

	const struct options *o = &c->options;
	struct notes notes = { .link = l, .items = c->tell & CONFIG_TELL_ITEMS };
	notes.progress = c->tell & CONFIG_TELL_PROGRESS;
	struct tell tell = notes_tell(&notes);
	link_set_timeout(l, o->timeout);
	link_set_compress(l, config_compress(o, hello.same_host));
	struct strings asked = { 0 };
	if (c->role == CONFIG_RECEIVE)
		asked = (struct strings){ c->operands.at + 1, c->operands.count - 1 };
	struct transfer t = {
		.asked = asked.count ? &asked : NULL,
		.options = o,
		.link = l,
		.tell = &tell,
		.same_host = hello.same_host,
		.version = hello.version,
		.local = c->role == CONFIG_RECEIVE_HERE,
		.content_mark = c->role == CONFIG_RECEIVE_HERE ? '>' : '<',
	};
	switch (c->role) {
	case CONFIG_SEND:
		return transfer_send(&t, &c->operands, err);
	case CONFIG_STREAM_FROM:
		return stream_send(&t, c->operands.at[0], err);
	case CONFIG_STREAM_TO:
		return stream_receive(&t, c->operands.at[0], err);
	default:
		return transfer_receive(&t, c->operands.at[0], err);
	}
}

int serve_session(int rfd, int wfd)
{
	struct err err = { 0 };
	struct chan *chan;
	struct link *l;
	struct config c;
	int r = chan_open_fds(&chan, rfd, wfd, &err);
	if (r < 0)
		return status_of(r);
	r = link_new(&l, chan, LINK_PLAIN, &err);
	if (r < 0) {
		chan_close(chan);
		return status_of(r);
	}
	config_init(&c);
	link_set_quit(l, &serve_quit);
	r = run(l, &c, &err);
	/* a link that is gone takes no more words; the other side sees that by itself */
	if (r < 0 && r != -ECONNABORTED)
		link_abort(l, status_of(r), err.text);
	link_free(l);
	config_fini(&c);
	return status_of(r);
}
