/* The stream as a whole: the frames that a peer sends come out as they went in, up to the first that is none, and there
 * it ends with an error; a packed one that does not unpack is an error too. */
#include "tests/fuzz/session.h"

static void look_at_abort(const struct frame *f)
{
	char text[64];
	int status = link_abort_parse(f, text, sizeof text);
	CHECK(memchr(text, 0, sizeof text) && status > 0 && status < 128);
}

/* What is expected next; PINGs are the link's own. NULL: no more whole frames. */
static const struct frame *next_sent(struct frame *f, struct reader *in)
{
	uint8_t how;
	while (session_frame(f, &how, in)) {
		if (f->type == SESSION_RAW && f->len == 0)
			continue;
		if (f->type == SESSION_RAW || how & HOW_LIE)
			return NULL;
		if (f->type != FRAME_PING)
			return f;
	}
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session s;
	struct reader in = reader_of(data, size);
	struct frame got, sent;
	struct err err = { 0 };
	bool compare = true;
	int r;
	if (size > SESSION_MAX / FRAME_HEAD)
		return 0;
	session_open(&s, in);
	while ((r = link_recv(s.link, &got, &err)) == 0) {
		CHECK(got.len <= FRAME_MAX && got.type > 0 && got.type < FRAME_TYPES &&
		      got.type != FRAME_PING);
		if (got.type == FRAME_ABORT)
			look_at_abort(&got);
		compare = compare && next_sent(&sent, &in);
		if (compare)
			CHECK(got.type == sent.type && got.offset == sent.offset && got.len == sent.len &&
			      (!got.len || !memcmp(got.data, sent.data, got.len)));
	}
	CHECK((r == -EBADMSG || r == -ECONNRESET) && err.code == r && err.text[0]);
	CHECK(!compare || !next_sent(&sent, &in)); /* none was lost */
	CHECK(link_recv(s.link, &got, &err) == r); /* it stays so */
	session_close(&s);
	return 0;
}
