#include "dbdump/agent/greeting.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/clock.h"
#include "xfer/wire/link.h"

enum { VERSION = 1, ABORT_MOST = FRAME_HEAD + 4 + ERR_TEXT };

static const char mark[6] = { 'd', 'b', 'd', 'u', 'm', 'p' };

void greeting_pack(uint8_t out[static GREETING_SIZE], const struct greeting *g)
{
	struct buf b = { .data = out + FRAME_HEAD,
			 .cap = GREETING_SIZE - FRAME_HEAD,
			 .limit = GREETING_SIZE - FRAME_HEAD };
	buf_bytes(&b, mark, sizeof mark);
	buf_u32(&b, VERSION);
	buf_u8(&b, g->again);
	buf_bytes(&b, g->name, sizeof g->name);
	buf_bytes(&b, g->secret, sizeof g->secret);
	buf_u32(&b, g->wait_s);
	buf_u32(&b, g->silence_s);
	struct frame f = {
		.type = FRAME_HELLO, .offset = g->received, .data = b.data, .len = (uint32_t)b.len
	};
	frame_pack(out, &f);
}

static void get_bytes(struct reader *in, void *to, size_t n)
{
	const uint8_t *at = reader_bytes(in, n);
	if (at)
		memcpy(to, at, n);
}

static int parse_hello(struct greeting *g, const struct frame *f, struct err *err)
{
	struct reader in = reader_of(f->data, f->len);
	const uint8_t *said = reader_bytes(&in, sizeof mark);
	bool ours = said && !memcmp(said, mark, sizeof mark);
	uint32_t version = reader_u32(&in);
	*g = (struct greeting){ .received = f->offset, .again = reader_u8(&in) };
	get_bytes(&in, g->name, sizeof g->name);
	get_bytes(&in, g->secret, sizeof g->secret);
	g->wait_s = reader_u32(&in);
	g->silence_s = reader_u32(&in);
	if (ours && version == VERSION && reader_done(&in) && g->silence_s)
		return 0;
	return err_say(err, -EPROTO, "the dbdump there is of another version");
}

int greeting_parse(struct greeting *out, const uint8_t *bytes, size_t len, struct err *err)
{
	struct frame f;
	ssize_t n = frame_parse(&f, bytes, len);
	if (n > 0 && f.type == FRAME_ABORT) {
		link_abort_parse(&f, err->text, sizeof err->text);
		return err->code = -ECONNABORTED;
	}
	if (n <= 0 || f.type != FRAME_HELLO)
		return err_say(err, -EPROTO, "what answers there is no dbdump's agent");
	return parse_hello(out, &f, err);
}

/* Waits until fd can be read. */
static int wait_for(int fd, int gone, uint64_t until, struct err *err)
{
	enum { TICK_MS = 1000 };
	struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = gone, .events = POLLRDHUP } };
	for (;;) {
		int n = poll(p, 2, TICK_MS);
		if (n < 0 && errno != EINTR)
			return err_set(err, -errno, "poll");
		if (n > 0 && p[1].revents)
			return err_say(err, -EINTR, "interrupted");
		if (n > 0)
			return 0;
		if (until && clock_now() > until)
			return err_say(err, -ETIMEDOUT, "nobody answered in time");
	}
}

int greeting_read(struct greeting *out, int fd, int gone, uint64_t until, struct err *err)
{
	uint8_t bytes[ABORT_MOST];
	size_t have = 0, want = FRAME_HEAD;
	while (have < want) {
		int rc = wait_for(fd, gone, until, err);
		if (rc < 0)
			return rc;
		ssize_t n = read(fd, bytes + have, want - have);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_set(err, -errno, "read");
		if (n == 0)
			return err_say(err, -ECONNRESET, "the connection ended");
		have += n > 0 ? (size_t)n : 0;
		if (have == FRAME_HEAD && want == FRAME_HEAD) {
			struct reader in = reader_of(bytes, 4);
			want += reader_u32(&in);
		}
		if (want > sizeof bytes)
			return err_say(err, -EPROTO, "what answers there is no dbdump's agent");
	}
	return greeting_parse(out, bytes, have, err);
}

void greeting_refuse(int fd, int status, const char *text)
{
	uint8_t bytes[ABORT_MOST];
	struct buf b = { .data = bytes + FRAME_HEAD,
			 .cap = sizeof bytes - FRAME_HEAD,
			 .limit = sizeof bytes - FRAME_HEAD };
	link_abort_put(&b, status, text);
	struct frame f = { .type = FRAME_ABORT, .data = b.data, .len = (uint32_t)b.len };
	frame_pack(bytes, &f);
	/* where it cannot be, the end of the connection says as much */
	if (write(fd, bytes, FRAME_HEAD + b.len) < 0)
		return;
}
