/* liar_content - a sender that lies about content and about the end. See liar.h for how it is run. */
#include "tests/hostile/liar_tree.h"

enum { MIB = 1 << 20, LARGE = 3 * MIB };

static uint8_t zeros[LARGE], letters[LARGE];

/* Large files. */

static uint64_t large_file(struct liar *t)
{
	memset(letters, 'x', sizeof letters);
	uint64_t seq = one_file(t, "large", LARGE);
	begin_file(t, seq, LARGE);
	return seq;
}

static void data_alone(struct liar *t)
{
	one_file(t, "large", LARGE);
	send_frame(t, FRAME_DATA, 0, zeros, MIB);
}

static void data_unaligned(struct liar *t)
{
	large_file(t);
	send_frame(t, FRAME_DATA, 1, zeros, 10);
}

static void data_descending(struct liar *t)
{
	large_file(t);
	send_frame(t, FRAME_DATA, MIB, zeros, MIB);
	send_frame(t, FRAME_DATA, 0, zeros, MIB);
}

static void data_again(struct liar *t)
{
	large_file(t);
	send_frame(t, FRAME_DATA, 0, zeros, MIB);
	send_frame(t, FRAME_DATA, 0, zeros, MIB);
}

static void data_beyond(struct liar *t)
{
	large_file(t);
	send_frame(t, FRAME_DATA, LARGE, zeros, 1);
}

static void data_across(struct liar *t)
{
	begin_file(t, one_file(t, "large", MIB + 10), MIB + 10);
	send_frame(t, FRAME_DATA, MIB, zeros, 11);
}

static void data_far(struct liar *t)
{
	large_file(t);
	send_frame(t, FRAME_DATA, UINT64_MAX - MIB + 1, zeros, MIB);
}

static void data_empty(struct liar *t)
{
	large_file(t);
	send_frame(t, FRAME_DATA, 0, zeros, 0);
}

static void data_behind_short(struct liar *t)
{
	large_file(t);
	send_frame(t, FRAME_DATA, 0, zeros, 10);
	send_frame(t, FRAME_DATA, MIB, zeros, MIB);
}

static void file_unknown(struct liar *t)
{
	one_file(t, "large", LARGE);
	begin_file(t, 99, LARGE);
}

static void file_twice(struct liar *t)
{
	begin_file(t, large_file(t), LARGE);
}

static void file_of_directory(struct liar *t)
{
	list_dir(t, 0);
	uint64_t seq = list_subdir(t, "d");
	list_end(t, 0);
	list_send(t);
	await(t, FRAME_WANT);
	begin_file(t, seq, 1);
}

static void file_negative(struct liar *t)
{
	begin_file(t, one_file(t, "large", LARGE), UINT64_MAX);
}

static void bundle_within(struct liar *t)
{
	list_dir(t, 0);
	uint64_t seq = list_file(t, "large", LARGE), small = list_file(t, "small", 1);
	list_end(t, 0);
	list_send(t);
	await(t, FRAME_WANT);
	begin_file(t, seq, LARGE);
	send_small(t, small, "x");
}

static void end_unbegun(struct liar *t)
{
	end_file(t, one_file(t, "large", LARGE), LARGE, file_hash_small("", 0));
}

static void end_wrong_digest(struct liar *t)
{
	uint64_t seq = large_file(t);
	for (uint64_t at = 0; at < LARGE; at += MIB)
		send_frame(t, FRAME_DATA, at, letters, MIB);
	end_file(t, seq, LARGE, file_hash_small("", 0));
	send_done(t, t->next);
}

static void end_undigested(struct liar *t)
{
	uint64_t seq = large_file(t);
	struct content c = { .seq = seq, .size = LARGE };
	send_head(t, FRAME_FILE_END, &c);
	send_done(t, t->next);
}

/* The digest of LARGE letters, as of a file of this size. */
static struct digest large_digest(uint64_t size)
{
	struct file_hash *h = file_hash_new();
	file_hash_begin(h);
	for (uint64_t at = 0; at < LARGE; at += MIB)
		file_hash_chunk(h, at, letters, MIB);
	struct digest d = file_hash_end(h, size);
	file_hash_free(h);
	return d;
}

static void end_of_size(struct liar *t, uint64_t size)
{
	uint64_t seq = large_file(t);
	for (uint64_t at = 0; at < LARGE; at += MIB)
		send_frame(t, FRAME_DATA, at, letters, MIB);
	end_file(t, seq, size, large_digest(size));
	send_done(t, t->next);
}

static void end_smaller(struct liar *t)
{
	end_of_size(t, 10);
}

static void end_larger(struct liar *t)
{
	end_of_size(t, (uint64_t)1 << 40);
}

static void size_huge(struct liar *t)
{
	uint64_t seq = one_file(t, "huge", INT64_MAX);
	struct file_hash *h = file_hash_new();
	begin_file(t, seq, INT64_MAX);
	send_frame(t, FRAME_DATA, 0, "0123456789", 10);
	file_hash_begin(h);
	file_hash_chunk(h, 0, "0123456789", 10);
	end_file(t, seq, INT64_MAX, file_hash_end(h, INT64_MAX));
	file_hash_free(h);
	send_done(t, t->next);
}

/* Bundles. */

static void bundle_wrong_digest(struct liar *t)
{
	struct content c = content_of(one_file(t, "f", 5), "hello", 5);
	c.digest = file_hash_small("jello", 5);
	send_bundle(t, &c, 5);
	send_done(t, t->next);
}

static void bundle_undigested(struct liar *t)
{
	struct content c = content_of(one_file(t, "f", 5), "hello", 5);
	c.flags = 0;
	send_bundle(t, &c, 5);
}

static void bundle_cut(struct liar *t)
{
	struct content c = content_of(one_file(t, "f", 5), "hello", 5);
	send_bundle(t, &c, 4);
}

static void bundle_longer(struct liar *t)
{
	struct content c = content_of(one_file(t, "f", 4), "hell", 4);
	c.data = (const uint8_t *)"hello";
	send_bundle(t, &c, 5);
}

static void bundle_unwanted(struct liar *t)
{
	one_file(t, "f", 5);
	send_small(t, 2, "hello");
}

static void bundle_beyond(struct liar *t)
{
	struct content c = content_of(one_file(t, "f", 5), "hello", 5);
	c.size = INT64_MAX;
	send_bundle(t, &c, 5);
}

static void bundle_again(struct liar *t)
{
	uint64_t seq = one_file(t, "f", 5);
	send_small(t, seq, "hello");
	send_small(t, seq, "jello");
}

static void bundle_flags(struct liar *t)
{
	struct content c = content_of(one_file(t, "f", 5), "hello", 5);
	c.flags |= 0xf0;
	send_bundle(t, &c, 5);
}

static void bundle_turns_device(struct liar *t)
{
	struct content c = content_of(one_file(t, "f", 5), "hello", 5);
	c.flags |= CONTENT_FRESH;
	c.mode = S_IFCHR | 0666;
	send_bundle(t, &c, 5);
}

/* It failed, and nobody is told; the digest says that nothing was to be there. */
static void failed_silently(struct liar *t)
{
	uint64_t seq = one_file(t, "f", 5);
	struct content c = { .seq = seq, .flags = CONTENT_FAILED, .error = EACCES };
	send_bundle(t, &c, 0);
	send_done(t, t->next);
}

static void failed_large_silently(struct liar *t)
{
	struct content c = { .seq = one_file(t, "f", LARGE), .flags = CONTENT_FAILED, .error = EACCES };
	send_head(t, FRAME_FILE_END, &c);
	send_done(t, t->next);
}

static void listing_failed_silently(struct liar *t)
{
	list_dir(t, 0);
	list_end(t, LISTING_ERRORS);
	list_send(t);
	send_done(t, t->next);
}

/* The end. */

static void done_early(struct liar *t)
{
	one_file(t, "f", 5);
	send_done(t, t->next);
}

static void done_unlisted(struct liar *t)
{
	send_done(t, t->next);
}

static void done_too_few(struct liar *t)
{
	send_small(t, one_file(t, "f", 5), "hello");
	send_done(t, t->next - 1);
}

static void done_too_many(struct liar *t)
{
	send_small(t, one_file(t, "f", 5), "hello");
	send_done(t, t->next + 1);
}

static void done_garbage(struct liar *t)
{
	send_small(t, one_file(t, "f", 5), "hello");
	send_frame(t, FRAME_DONE, t->next, "x", 1);
}

static void done_other_digest(struct liar *t)
{
	send_small(t, one_file(t, "f", 5), "hello");
	send_done(t, t->next);
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
	L(data_alone, "2"),
	L(data_unaligned, "2"),
	L(data_descending, "2"),
	L(data_again, "2"),
	L(data_beyond, "2"),
	L(data_across, "2"),
	L(data_far, "2"),
	L(data_empty, "2"),
	L(data_behind_short, "2"),
	L(file_unknown, "2"),
	L(file_twice, "2"),
	L(file_of_directory, "2"),
	L(file_negative, "2"),
	L(bundle_within, "2"),
	L(end_unbegun, "2"),
	L(end_wrong_digest, "23"),
	L(end_undigested, "23"),
	L(end_smaller, "23"),
	L(end_larger, "2"),
	L(size_huge, "11"),
	L(bundle_wrong_digest, "23"),
	L(bundle_undigested, "2"),
	L(bundle_cut, "2"),
	L(bundle_longer, "2"),
	L(bundle_unwanted, "2"),
	L(bundle_beyond, "2"),
	L(bundle_again, "2"),
	L(bundle_flags, "2"),
	L(bundle_turns_device, "2"),
	L(failed_silently, "23"),
	L(failed_large_silently, "23"),
	L(listing_failed_silently, "23"),
	L(done_early, "2"),
	L(done_unlisted, "2"),
	L(done_too_few, "2"),
	L(done_too_many, "2"),
	L(done_garbage, "2"),
	L(done_other_digest, "40"),
};

int main(int argc, char **argv)
{
	(void)argc;
	return liar_main(argv, lies, sizeof lies / sizeof *lies, 'r');
}
