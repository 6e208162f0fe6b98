/* liar_signature - a receiver that lies about what it has of the files that it wants: of the source that it is given "a" is a
 * file of 3 MiB, "d" a directory, in which is the small file "b". See liar.h for how it is run. */
#include "tests/hostile/liar.h"
#include "xfer/tree/signature.h"

enum { SEQ = 1 };

/* All that is listed is decided: "a" with this verdict, the others are here. */
static void want(struct liar *t, uint8_t verdict)
{
	uint8_t pair[] = { SEQ, verdict };
	await(t, FRAME_START);
	send_frame(t, FRAME_READY, 0, "\1\1\1", 3);
	flush(t);
	await(t, FRAME_LIST);
	send_frame(t, FRAME_WANT, 3, pair, sizeof pair);
	flush(t);
}

static void say_base(struct liar *t, uint64_t seq, bool more, const void *bytes, size_t n)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_u8(&b, more);
	buf_bytes(&b, bytes, n);
	send_frame(t, FRAME_BASE, seq, b.data, b.len);
	flush(t);
	buf_fini(&b);
}

static void base_unwanted(struct liar *t)
{
	want(t, VERDICT_WANT);
	say_base(t, SEQ, false, "12345678\0\0", 10);
}

static void base_of_nothing(struct liar *t)
{
	want(t, VERDICT_WANT_BASE);
	say_base(t, UINT64_MAX, false, "12345678\0\0", 10);
}

static void base_of_directory(struct liar *t)
{
	want(t, VERDICT_WANT_BASE);
	say_base(t, SEQ + 1, false, "12345678\0\0", 10);
}

static void base_twice(struct liar *t)
{
	want(t, VERDICT_WANT_BASE);
	say_base(t, SEQ, false, "12345678\0\0", 10);
	say_base(t, SEQ, false, "12345678\0\0", 10);
	await(t, FRAME_DONE);
}

static void base_empty(struct liar *t)
{
	want(t, VERDICT_WANT_BASE);
	send_frame(t, FRAME_BASE, SEQ, NULL, 0);
	flush(t);
}

static void base_garbage(struct liar *t)
{
	want(t, VERDICT_WANT_BASE);
	say_base(t, SEQ, false, "12345678\377", 9);
}

static void base_of_many_blocks(struct liar *t)
{
	struct buf b;
	buf_init(&b, 100);
	buf_u64(&b, 1);
	buf_varint(&b, 0);
	buf_varint(&b, UINT64_C(1) << 62);
	buf_u32(&b, DELTA_BLOCK_MOST);
	want(t, VERDICT_WANT_BASE);
	say_base(t, SEQ, false, b.data, b.len);
	buf_fini(&b);
}

static void base_endless(struct liar *t)
{
	static const uint8_t much[FRAME_MAX - 1];
	want(t, VERDICT_WANT_BASE);
	for (int i = 0; i < 1000; i++)
		say_base(t, SEQ, true, much, sizeof much);
}

static void want_base_of_directory(struct liar *t)
{
	await(t, FRAME_START);
	send_frame(t, FRAME_READY, 0, "\1\1\1", 3);
	flush(t);
	await(t, FRAME_LIST);
	send_frame(t, FRAME_WANT, 3, "\2\3", 2);
	flush(t);
}

static void base_never(struct liar *t)
{
	want(t, VERDICT_WANT_BASE);
	stall(t);
}

#define L(name, statuses)                    \
	{                                    \
#name, statuses, name, false \
	}

static const struct lie lies[] = {
	L(base_unwanted, "2"),	     L(base_of_nothing, "2"), L(base_of_directory, "2"),
	L(base_twice, "2"),	     L(base_empty, "2"),      L(base_garbage, "2"),
	L(base_of_many_blocks, "2"), L(base_endless, "2"),    L(want_base_of_directory, "2"),
	L(base_never, "30"),
};

int main(int argc, char **argv)
{
	(void)argc;
	return liar_main(argv, lies, sizeof lies / sizeof *lies, 's');
}
