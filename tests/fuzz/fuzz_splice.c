/* Two hosts' ends joined by a third: what goes through comes out as it went in, in order, up to what is no frame, and what
 * the handler keeps does not; the other end is told why it is over.
 *
 *   input = varint length, one end's frames as session.h has them, the other end's */
#include "tests/fuzz/session.h"

#include "xfer/wire/splice.h"

enum { HANDLED = 1U << FRAME_NOTE | 1U << FRAME_ABORT | 1U << FRAME_FINAL, ABORT_STATUS = 12 };

struct watch {
	bool finished;
	unsigned kept;
};

/* As a relay: it sees how a run ends. A note is kept, so that something is. */
static int on_frame(void *ctx, int from, const struct frame *f, struct err *err)
{
	struct watch *w = ctx;
	CHECK((from == 0 || from == 1) && f->type < FRAME_TYPES && (HANDLED >> f->type & 1));
	if (f->type == FRAME_ABORT)
		return err_say(err, -ECONNABORTED, "over");
	w->finished |= f->type == FRAME_FINAL;
	w->kept += f->type == FRAME_NOTE;
	return f->type != FRAME_NOTE;
}

/* What the session's link would send: the same bytes once more. */
static void all_bytes(struct buf *out, struct reader in)
{
	struct frame f;
	uint8_t how;
	buf_init(out, SESSION_MAX);
	while (session_frame(&f, &how, &in))
		session_put(out, &f, how, session_zstd());
}

/* The next frame of what an end said that is passed on. False: there is none. */
static bool next_passed(struct frame *f, struct buf *said, size_t *at)
{
	ssize_t n;
	while (*at < said->len && (n = frame_parse(f, said->data + *at, said->len - *at)) > 0) {
		*at += (size_t)n;
		if ((f->type & ~FRAME_PACKED) != FRAME_NOTE)
			return true;
	}
	return false;
}

static bool same(const struct frame *a, const struct frame *b)
{
	return a->type == b->type && a->chan == b->chan && a->offset == b->offset && a->len == b->len &&
	       (!a->len || !memcmp(a->data, b->data, a->len));
}

/* What this end got is what the other said, from its beginning, and perhaps ABORT. */
static void look_at(int peer, struct buf *said, bool good)
{
	static uint8_t got[2 * SESSION_MAX];
	size_t len = 0, at = 0, said_at = 0;
	ssize_t n;
	struct frame f, sent;
	while ((n = read(peer, got + len, sizeof got - len)) > 0)
		len += (size_t)n;
	while ((n = frame_parse(&f, got + at, len - at)) > 0) {
		at += (size_t)n;
		bool more = next_passed(&sent, said, &said_at);
		if (more && same(&f, &sent))
			continue;
		char text[64];
		CHECK(!good && f.type == FRAME_ABORT && at == len);
		CHECK(link_abort_parse(&f, text, sizeof text) == ABORT_STATUS);
	}
	CHECK(n == 0 && at == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session s[SPLICE_ENDS];
	struct splice_end end[SPLICE_ENDS] = { { .name = "one" }, { .name = "other" } };
	struct buf said[SPLICE_ENDS];
	struct reader in = reader_of(data, size);
	struct watch w = { 0 };
	struct splice_job job = { .handled = HANDLED, .handler = on_frame, .ctx = &w, .timeout = 5 };
	struct splice *splice;
	struct err err = { 0 };
	size_t len;
	const uint8_t *one = fuzz_part(&in, &len);
	if (in.failed || size > SESSION_MAX / FRAME_HEAD)
		return 0;
	for (int i = 0; i < SPLICE_ENDS; i++) {
		struct reader part = i ? in : reader_of(one, len);
		all_bytes(&said[i], part);
		session_open(&s[i], part);
		buf_init(&end[i].begun, SESSION_MAX);
		link_release(s[i].link, &end[i].chan, &end[i].begun);
	}
	CHECK(splice_new(&splice, &job, end, &err) == 0);
	int r = splice_run(splice, &w.finished, &err);
	CHECK(r == 0 ? w.finished : err.code == r && err.text[0]);
	CHECK(r == 0 || r == -EBADMSG || r == -ECONNRESET || r == -ECONNABORTED);
	if (r < 0)
		splice_abort(splice, ABORT_STATUS, err.text);
	splice_free(splice);
	for (int i = 0; i < SPLICE_ENDS; i++) {
		look_at(s[!i].peer, &said[i], r == 0);
		close(s[!i].peer);
		buf_fini(&end[i].begun);
	}
	buf_fini(&said[0]);
	buf_fini(&said[1]);
	return 0;
}
