/* All that a receiver may say to a sender: READY, WANT, BASE, NOTE, FINAL, ABORT in any order, one whenever the sender waits.
 * The source stays as it was, what goes out is a sender's: a large file is framed, and refers only to what the receiver said
 * that it has; the run ends.
 *
 *   input = u32 options (trees.h), frames as session.h has them */
#include "tests/fuzz/session.h"
#include "tests/fuzz/trees.h"
#include "tests/fuzz/turns.h"

static void item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	(void)ctx, (void)change, (void)name, (void)len, (void)suffix;
}

static void failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)ctx, (void)name, (void)len, (void)error;
	CHECK(errnum >= 0);
}

static void warning(void *ctx, const char *text)
{
	(void)ctx, (void)text;
}

static void list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		 const char *target, size_t target_len)
{
	(void)ctx, (void)mode, (void)size, (void)mtime, (void)name, (void)len, (void)target, (void)target_len;
}

static void progress(void *ctx, const struct progress *p)
{
	(void)ctx;
	CHECK(p->done_bytes <= p->total_bytes && p->done_items <= p->total_items);
	CHECK(p->handled_bytes <= p->asked_bytes && p->handled_items <= p->asked_items);
}

/* Did the receiver speak of it? What stands in the input without a frame may be anything. */
static bool may_refer(struct reader in)
{
	struct frame f;
	uint8_t how;
	while (session_frame(&f, &how, &in))
		if (f.type == FRAME_BASE || f.type == SESSION_RAW)
			return true;
	return false;
}

struct out {
	bool in_file, refers, done, started;
};

static void look_at_frame(struct out *o, const struct frame *f)
{
	unsigned type = f->type & ~(unsigned)FRAME_PACKED;
	if (type == FRAME_PING)
		return;
	CHECK(o->started == (type != FRAME_START) && !o->done);
	switch (type) {
	case FRAME_START:
		o->started = true;
		break;
	case FRAME_FILE:
		CHECK(!o->in_file);
		o->in_file = true;
		break;
	case FRAME_COPY:
		CHECK(o->in_file && o->refers);
		break;
	case FRAME_DATA:
		CHECK(o->in_file);
		break;
	case FRAME_FILE_END:
		o->in_file = false;
		break;
	case FRAME_DONE:
		CHECK(!o->in_file);
		o->done = true;
		break;
	default:
		CHECK(type == FRAME_LIST || type == FRAME_BUNDLE);
	}
}

/* What the sender said. Returns whether it came to its end. */
static bool look_at(int peer, bool refers, bool two_passes)
{
	static uint8_t got[4 * SESSION_MAX];
	struct out o = { .refers = refers };
	size_t len = 0, at = 0;
	struct frame f;
	ssize_t n;
	bool done = false;
	while ((n = read(peer, got + len, sizeof got - len)) > 0)
		len += (size_t)n;
	while ((n = frame_parse(&f, got + at, len - at)) > 0) {
		if (o.done && two_passes) { /* compares, and begins anew */
			o = (struct out){ .refers = refers, .started = true };
			two_passes = false;
		}
		look_at_frame(&o, &f);
		done |= o.done;
		at += (size_t)n;
	}
	CHECK(n == 0);
	return done;
}

struct peer {
	const struct session *session;
	struct reader in;
};

static void speak(void *ctx)
{
	struct peer *p = ctx;
	session_say(p->session, &p->in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tell tell = {
		.item = item, .failure = failure, .warning = warning, .list = list, .progress = progress
	};
	static char source[] = "source/", some[] = "source/d", file[] = "source/a";
	char *all[] = { source }, *asked[] = { some, file };
	struct reader in = reader_of(data, size);
	struct err err = { 0 };
	struct session s;
	uint32_t bits = reader_u32(&in);
	struct options o = trees_options(bits);
	if (in.failed || size > SESSION_MAX / FRAME_HEAD)
		return 0;
	place_enter();
	trees_source();
	uint64_t before = trees_source_sum();
	session_begin(&s);
	struct peer peer = { &s, in };
	turns_set(speak, &peer);
	link_set_compress(s.link, LINK_PACKED); /* nobody reads it before the end: it must fit */
	struct transfer t = {
		.options = &o, .link = s.link, .tell = &tell, .version = trees_version(bits), .has_user = true
	};
	struct strings args = { bits & TREES_ASKED ? asked : all, bits & TREES_ASKED ? 2 : 1 };
	struct transfer_source *tree = NULL;
	int r = transfer_open_source(&tree, &o, &args, &tell, &err);
	/* any part of it may have been listed before the other side spoke */
	for (size_t ahead = size % 16; r == 0 && ahead && transfer_list_ahead(tree, &err) > 0; ahead--)
		;
	if (r == 0)
		r = transfer_send_source(&t, tree, &err);
	transfer_close_source(tree);
	turns_set(NULL, NULL);
	CHECK(r == 0 || (r < 0 && err.code == r && err.text[0]) || r == -ECONNABORTED);
	CHECK(r < 0 || t.complete);
	link_free(s.link);
	bool refers = !(bits & TREES_OLD) && may_refer(in);
	CHECK(look_at(s.peer, refers, transfer_verifies(&o)) || r < 0);
	close(s.peer);
	CHECK(trees_source_sum() == before);
	place_check();
	place_clear();
	return 0;
}
