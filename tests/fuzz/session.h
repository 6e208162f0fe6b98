/* session.h - a peer made of a fuzz target's input: a link whose other end has sent the frames that the input says, with
 * right hashes, so that what stands behind them is reached, and then nothing more.
 *
 *   input = *( u8 type, u8 how, varint offset, varint length, bytes )
 *   type  1 to FRAME_TYPES - 1, or RAW: the bytes as they are, without a frame
 *   how   bit 0: packed with zstd where that pays; bit 1: FRAME_PACKED over bytes that are no zstd
 * One session at a time, one thread. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "xfer/codec/compress.h"
#include "xfer/wire/link.h"

enum { SESSION_RAW = 0xff, SESSION_MAX = 1 << 18, HOW_PACK = 1, HOW_LIE = 2 };

struct session {
	struct link *link;
	int peer; /* its socket */
};

/* One frame of the input. False at its end. */
static inline bool session_frame(struct frame *f, uint8_t *how, struct reader *in)
{
	size_t len;
	if (in->at == in->end)
		return false;
	f->type = reader_u8(in);
	if (f->type != SESSION_RAW)
		f->type = (uint16_t)(1 + f->type % (FRAME_TYPES - 1));
	*how = reader_u8(in);
	f->chan = 0;
	f->offset = reader_varint(in);
	f->data = fuzz_part(in, &len);
	f->len = (uint32_t)len;
	return !in->failed;
}

static inline void session_put(struct buf *b, struct frame *f, uint8_t how, struct compressor *zstd)
{
	uint8_t head[FRAME_HEAD], packed[4096];
	if (f->type == SESSION_RAW) {
		buf_bytes(b, f->data, f->len);
		return;
	}
	size_t n = how & HOW_PACK ? compressor_pack(zstd, packed, sizeof packed, f->data, f->len) : 0;
	if (n) {
		f->data = packed;
		f->len = (uint32_t)n;
	}
	if (n || how & HOW_LIE)
		f->type |= FRAME_PACKED;
	frame_pack(head, f);
	buf_bytes(b, head, sizeof head);
	buf_bytes(b, f->data, f->len);
}

/* A link to a peer that has said nothing so far. */
static inline void session_begin(struct session *s)
{
	int fds[2], size = 2 * SESSION_MAX;
	struct chan *chan;
	struct err err;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	CHECK(chan_open_fds(&chan, fds[0], fds[0], &err) == 0);
	CHECK(link_new(&s->link, chan, false, &err) == 0);
	link_set_timeout(s->link, 5); /* whoever does not read what we say is not waited for */
	s->peer = fds[1];
}

static inline struct compressor *session_zstd(void)
{
	static struct compressor *zstd;
	if (!zstd)
		zstd = compressor_new(1);
	return zstd;
}

/* The peer says the next frame. False: there was none, and it says nothing more. */
static inline bool session_say(const struct session *s, struct reader *in)
{
	struct frame f;
	uint8_t how;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SESSION_MAX);
	if (!session_frame(&f, &how, in)) {
		shutdown(s->peer, SHUT_WR);
		return false;
	}
	session_put(&b, &f, how, session_zstd());
	CHECK(b.len == 0 || write(s->peer, b.data, b.len) == (ssize_t)b.len);
	return true;
}

/* Opens the link, with all that the peer says already on its way. */
static inline void session_open(struct session *s, struct reader in)
{
	session_begin(s);
	while (session_say(s, &in))
		;
}

static inline void session_close(struct session *s)
{
	link_free(s->link);
	close(s->peer);
}
