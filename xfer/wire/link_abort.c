/* The frame that ends a link: what it says, and how it is heard by who cannot write any more. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/exit.h"
#include "xfer/wire/link_impl.h"

void link_abort_put(struct buf *b, int status, const char *text)
{
	buf_u32(b, (uint32_t)status);
	buf_bytes(b, text, strnlen(text, ERR_TEXT));
}

int link_abort_parse(const struct frame *f, char *text, size_t cap)
{
	struct reader r = reader_of(f->data, f->len);
	uint32_t status = reader_u32(&r);
	size_t n = (size_t)(r.end - r.at);
	if (n >= cap)
		n = cap - 1;
	memcpy(text, r.at, n);
	text[n] = '\0';
	if (!*text)
		snprintf(text, cap, "it does not say why");
	switch (status) {
	/* how a run ends that came to its end: a peer that gives up cannot claim that */
	case EXIT_OK:
	case EXIT_PARTIAL:
	case EXIT_VANISHED:
	case EXIT_DELETE_LIMIT:
	case EXIT_DIFFERENT:
		return EXIT_PROTOCOL;
	default:
		return status < 128 ? (int)status : EXIT_PROTOCOL;
	}
}

bool link_hears(struct chan *chan, uint64_t until)
{
	enum { MS = 1000000 };
	uint64_t now = clock_now();
	/* once it is over nothing is heard, however much there is */
	return now < until && chan_wait(chan, true, false, (int)((until - now + MS - 1) / MS)) > 0;
}

int link_abort_await(struct chan *chan, const uint8_t *begun, size_t len, struct err *err)
{
	uint8_t *in = malloc(IN_SIZE);
	struct frame f = { 0 };
	uint64_t until = clock_now() + LAST_WORDS;
	ssize_t n = in ? 1 : 0;
	int status = 0;
	if (in)
		memcpy(in, begun, len);
	while (n > 0) {
		size_t at = 0;
		while (f.type != FRAME_ABORT && (n = frame_parse(&f, in + at, len - at)) > 0)
			at += (size_t)n;
		if (f.type == FRAME_ABORT)
			break;
		len -= at;
		memmove(in, in + at, len);
		if (n == 0 && link_hears(chan, until))
			n = chan_read(chan, in + len, IN_SIZE - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (f.type == FRAME_ABORT) {
		status = link_abort_parse(&f, err->text, sizeof err->text);
		err->code = -ECONNABORTED;
	}
	free(in);
	return status;
}
