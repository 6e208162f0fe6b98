/* liar_base - a sender that lies about what it takes from the receiver's old version of "large", which has 3 MiB of "o". See
 * liar.h for how it is run. */
#include "tests/hostile/liar_tree.h"

enum { MIB = 1 << 20, LARGE = 3 * MIB };

static uint8_t letters[LARGE];

/* Announces the new version, waits for what the receiver has of it, and begins. */
static uint64_t based_file(struct liar *t, uint64_t size)
{
	uint64_t seq = one_file(t, "large", size);
	await(t, FRAME_BASE);
	struct content c = { .seq = seq, .size = size, .flags = CONTENT_BASED };
	send_head(t, FRAME_FILE, &c);
	return seq;
}

static void send_copy(struct liar *t, uint8_t source, uint64_t at, uint64_t from, uint64_t len)
{
	struct buf b;
	buf_init(&b, 64);
	buf_u8(&b, source);
	buf_varint(&b, from);
	buf_varint(&b, len);
	send_frame(t, FRAME_COPY, at, b.data, b.len);
	buf_fini(&b);
}

static void based_uninvited(struct liar *t)
{
	struct content c = { .seq = one_file(t, "other", LARGE), .size = LARGE, .flags = CONTENT_BASED };
	send_head(t, FRAME_FILE, &c);
}

static void copy_alone(struct liar *t)
{
	one_file(t, "large", LARGE);
	await(t, FRAME_BASE);
	send_copy(t, COPY_OLD, 0, 0, 10);
}

static void copy_unbased(struct liar *t)
{
	begin_file(t, one_file(t, "large", LARGE), LARGE);
	send_copy(t, COPY_OLD, 0, 0, 10);
}

static void copy_kept_of_nothing(struct liar *t)
{
	based_file(t, LARGE);
	send_copy(t, COPY_KEPT, 0, 0, MIB);
}

static void copy_source(struct liar *t)
{
	based_file(t, LARGE);
	send_copy(t, 3, 0, 0, 10);
}

static void copy_beyond(struct liar *t)
{
	based_file(t, LARGE + 100);
	send_copy(t, COPY_OLD, 0, LARGE - 10, 11);
}

static void copy_far(struct liar *t)
{
	based_file(t, LARGE);
	send_copy(t, COPY_OLD, 0, UINT64_MAX - 5, 10);
}

static void copy_to_far(struct liar *t)
{
	based_file(t, LARGE);
	send_copy(t, COPY_OLD, UINT64_MAX - 5, 0, 10);
}

static void copy_past_the_end(struct liar *t)
{
	based_file(t, LARGE - 100);
	send_copy(t, COPY_OLD, 0, 0, LARGE);
}

static void copy_empty(struct liar *t)
{
	based_file(t, LARGE);
	send_copy(t, COPY_OLD, 0, 0, 0);
}

static void copy_backwards(struct liar *t)
{
	based_file(t, LARGE);
	send_copy(t, COPY_OLD, MIB, 0, 100);
	send_copy(t, COPY_OLD, MIB + 99, 0, 100);
}

static void copy_garbage(struct liar *t)
{
	based_file(t, LARGE);
	send_frame(t, FRAME_COPY, 0, "\2\200", 2);
}

static void copy_and_more(struct liar *t)
{
	based_file(t, LARGE);
	send_frame(t, FRAME_COPY, 0, "\2\0\12\0", 4);
}

static void base_from_sender(struct liar *t)
{
	uint64_t seq = one_file(t, "large", LARGE);
	send_frame(t, FRAME_BASE, seq, "\0", 1);
}

/* What is put together is not what the digest says: the old version stays. */
static void copy_wrong_digest(struct liar *t)
{
	uint64_t seq = based_file(t, LARGE);
	memset(letters, 'x', sizeof letters);
	send_copy(t, COPY_OLD, 0, MIB, MIB);
	send_frame(t, FRAME_DATA, MIB + 7, letters, 1000);
	end_file(t, seq, LARGE, file_hash_small("", 0));
	send_done(t, t->next);
}

#define L(name, statuses)                    \
	{                                    \
#name, statuses, name, false \
	}

static const struct lie lies[] = {
	L(based_uninvited, "2"),    L(copy_alone, "2"),
	L(copy_unbased, "2"),	    L(copy_kept_of_nothing, "2"),
	L(copy_source, "2"),	    L(copy_beyond, "2"),
	L(copy_far, "2"),	    L(copy_to_far, "2"),
	L(copy_past_the_end, "2"),  L(copy_empty, "2"),
	L(copy_backwards, "2"),	    L(copy_garbage, "2"),
	L(copy_and_more, "2"),	    L(base_from_sender, "2"),
	L(copy_wrong_digest, "23"),
};

int main(int argc, char **argv)
{
	(void)argc;
	return liar_main(argv, lies, sizeof lies / sizeof *lies, 'r');
}
