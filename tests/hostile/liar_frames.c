/* liar_frames - a sender that lies in the frames themselves: kinds, lengths, hashes, zstd, and the greeting. See liar.h for how it
 * is run. */
#include <zstd.h>

#include "tests/hostile/liar_tree.h"

static uint8_t zeros[128 * 1024];

/* Frames that a sender does not send. */

static void frame_ready(struct liar *t)
{
	send_frame(t, FRAME_READY, 0, "\1\1\1", 3);
}

static void frame_final(struct liar *t)
{
	struct buf b;
	struct account a = { .items.copied = 1000 };
	buf_init(&b, FRAME_MAX);
	account_put(&b, &a);
	send_frame(t, FRAME_FINAL, 0, b.data, b.len);
	buf_fini(&b);
}

static void frame_want(struct liar *t)
{
	send_frame(t, FRAME_WANT, 1, NULL, 0);
}

static void frame_hello(struct liar *t)
{
	say_hello(t, HELLO_OLDEST, HELLO_NEWEST, "again", 5);
}

static void frame_config(struct liar *t)
{
	send_frame(t, FRAME_CONFIG, 0, "r", 1);
}

static void frame_start(struct liar *t)
{
	send_frame(t, FRAME_START, 0, "\0\0", 2);
}

static void frame_none(struct liar *t)
{
	send_frame(t, 0, 0, "x", 1);
}

static void frame_unknown(struct liar *t)
{
	send_frame(t, (enum frame_type)99, 0, "x", 1);
}

/* zstd. A frame: magic, descriptor, [window], [content size], then a last raw block of one byte. */

static void packed(struct liar *t, const void *p, size_t n)
{
	send_frame(t, (enum frame_type)(FRAME_LIST | FRAME_PACKED), 1, p, n);
}

#define ZSTD "\x28\xb5\x2f\xfd"
#define BLOCK "\x09\0\0\1"

static void zstd_says_gigabyte(struct liar *t)
{
	packed(t, ZSTD "\xa0\0\0\0\x40" BLOCK, 13);
}

static void zstd_says_nothing(struct liar *t)
{
	packed(t, ZSTD "\0\x50" BLOCK, 10);
}

static void zstd_huge_window(struct liar *t)
{
	packed(t, ZSTD "\x40\xff\1\0" BLOCK, 12);
}

static void zstd_skippable(struct liar *t)
{
	packed(t, "\x50\x2a\x4d\x18\4\0\0\0skip", 12);
}

static void zstd_empty(struct liar *t)
{
	packed(t, "", 0);
}

/* A megabyte of zeros and its frame, changed: size 1 says 100 bytes, twice: two frames. */
static void zstd_changed(struct liar *t, bool lie, bool twice)
{
	uint8_t out[4096];
	size_t n = ZSTD_compress(out, sizeof out / 2, zeros, 70000, 1);
	/* descriptor: single segment, and the content size in four bytes */
	if (lie)
		memcpy(out + 5, "\x64\0\0\0", 4);
	memcpy(out + n, out, n);
	packed(t, out, twice ? 2 * n : n);
}

static void zstd_lies_small(struct liar *t)
{
	zstd_changed(t, true, false);
}

static void zstd_two_frames(struct liar *t)
{
	zstd_changed(t, false, true);
}

/* Written past the link: no --client. */

static void raw_long(struct liar *t)
{
	/* 1 MiB and a byte */
	static const uint8_t head[FRAME_HEAD] = { 1, 0, 16, 0, FRAME_LIST };
	send_raw(t, head, sizeof head);
}

static void raw_longest(struct liar *t)
{
	send_raw(t, "\xff\xff\xff\xff\6\0\0\0", 8);
}

static void raw_hash(struct liar *t)
{
	struct frame f = { .type = FRAME_LIST, .len = 2, .data = (const uint8_t *)"\1\0" };
	uint8_t head[FRAME_HEAD];
	frame_pack(head, &f);
	head[20] ^= 1;
	send_raw(t, head, sizeof head);
	send_raw(t, "\1\0", 2);
}

static void raw_cut(struct liar *t)
{
	send_raw(t, "\x10\0\0\0\6\0\0\0abc", 11);
	part(t);
}

static void raw_text(struct liar *t)
{
	send_raw(t, "bash: warning: welcome to this host\n", 36);
}

/* Greetings. */

static void hello_missing(struct liar *t)
{
	send_frame(t, FRAME_START, 0, "\0\0", 2);
}

static void hello_old(struct liar *t)
{
	say_hello(t, 0, 0, "old\33[31m", 8);
}

static void hello_new(struct liar *t)
{
	say_hello(t, 99, 100, "new", 3);
}

static void hello_reversed(struct liar *t)
{
	say_hello(t, 5, 0, "reversed", 8);
}

static void hello_long(struct liar *t)
{
	say_hello(t, HELLO_OLDEST, HELLO_NEWEST, (const char *)zeros, 100000);
}

static void hello_cut(struct liar *t)
{
	send_frame(t, FRAME_HELLO, 0, "xfer\1", 5);
}

#define L(name, statuses)                    \
	{                                    \
#name, statuses, name, false \
	}
#define G(name, statuses)                   \
	{                                   \
#name, statuses, name, true \
	}

static const struct lie lies[] = {
	L(frame_ready, "2"),	    L(frame_final, "2"),       L(frame_want, "2"),
	L(frame_hello, "2"),	    L(frame_config, "2"),      L(frame_start, "2"),
	L(frame_none, "12"),	    L(frame_unknown, "12"),    L(zstd_says_gigabyte, "12"),
	L(zstd_says_nothing, "12"), L(zstd_huge_window, "12"), L(zstd_skippable, "12"),
	L(zstd_empty, "12"),	    L(zstd_lies_small, "12"),  L(zstd_two_frames, "12"),
	L(raw_long, "12"),	    L(raw_longest, "12"),      L(raw_hash, "12"),
	L(raw_cut, "10"),	    G(raw_text, "12"),	       G(hello_missing, "2"),
	G(hello_old, "2"),	    G(hello_new, "2"),	       G(hello_reversed, "2"),
	G(hello_long, "2"),	    G(hello_cut, "2"),	       L(stall, "30"),
};

int main(int argc, char **argv)
{
	(void)argc;
	return liar_main(argv, lies, sizeof lies / sizeof *lies, 'r');
}
