/* The two ends of a delta, with little new content, since nobody reads while it is sent: what is fed, put together again from the frames by their definition in entry.h. */
#include "tests/unit/wire/link_pair.h"
#include "xfer/tree/entry.h"
#include "xfer/tree/file_source_delta.h"

enum { CHUNK = HASH_CHUNK, BLOCK = DELTA_BLOCK_LEAST, MOST = 4 * CHUNK };

struct desk {
	struct pair *pair;
	uint8_t *content, *left, *old, *made;
	struct signature signature;
	size_t data, copies[3]; /* bytes of DATA, frames of each copy source */
};

static void fill(uint8_t *p, size_t n, uint32_t x)
{
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 24);
	}
}

static void open_desk(struct desk *k, void **state, uint64_t kept, uint64_t old_size)
{
	*k = (struct desk){ .pair = *state };
	k->content = malloc(MOST);
	k->left = malloc(MOST);
	k->old = malloc(MOST);
	k->made = calloc(1, MOST);
	assert_true(k->content && k->left && k->old && k->made);
	fill(k->content, MOST, 1);
	memcpy(k->left, k->content, MOST);
	memcpy(k->old, k->content, MOST);
	k->signature = (struct signature){ .kept = kept,
					   .old = { .seed = 5, .size = old_size, .block = BLOCK } };
}

static void sign(struct desk *k)
{
	struct signature *s = &k->signature;
	s->kept_hash = calloc(MOST / CHUNK, sizeof *s->kept_hash);
	s->old.blocks = s->blocks = calloc(MOST / BLOCK, sizeof *s->blocks);
	for (uint64_t i = 0; i < s->kept / CHUNK; i++)
		s->kept_hash[i] = delta_hash(5, k->left + i * CHUNK, CHUNK);
	for (uint64_t i = 0; i < s->old.size / BLOCK; i++)
		s->blocks[i] = delta_block_of(5, k->old + i * BLOCK, BLOCK);
}

/* False at the mark behind the last frame. */
static bool take(struct desk *k, uint64_t *next)
{
	struct frame f = receive(k->pair->b);
	assert_true(f.offset >= *next);
	if (f.type == FRAME_DATA && !f.len)
		return false;
	if (f.type == FRAME_DATA) {
		memcpy(k->made + f.offset, f.data, f.len);
		k->data += f.len;
		*next = f.offset + f.len;
		return true;
	}
	assert_int_equal(f.type, FRAME_COPY);
	struct reader r = reader_of(f.data, f.len);
	uint8_t source = reader_u8(&r);
	uint64_t from = reader_varint(&r), len = reader_varint(&r);
	assert_true(reader_done(&r) && (source == COPY_KEPT || source == COPY_OLD));
	assert_true(source != COPY_KEPT || (from == f.offset && from % CHUNK == 0 && len % CHUNK == 0));
	memcpy(k->made + f.offset, (source == COPY_KEPT ? k->left : k->old) + from, len);
	k->copies[source]++;
	*next = f.offset + len;
	return true;
}

/* Sends the chunks whose bits are set; the others are holes. */
static void run(struct desk *k, unsigned chunks)
{
	struct file_delta *d;
	struct err err;
	uint64_t next = 0;
	sign(k);
	good(file_delta_new(&d, &k->signature, k->pair->a, &err), &err);
	for (uint64_t at = 0; at < MOST; at += CHUNK)
		if (chunks >> at / CHUNK & 1)
			good(file_delta_chunk(d, at, k->content + at, CHUNK, &err), &err);
		else
			memset(k->content + at, 0, CHUNK);
	good(file_delta_end(d, &err), &err);
	file_delta_free(d);
	send_frame(k->pair->a, FRAME_DATA, MOST, "", 0);
	flush(k->pair->a);
	while (take(k, &next))
		;
	assert_memory_equal(k->made, k->content, MOST);
}

static void close_desk(struct desk *k)
{
	signature_fini(&k->signature);
	free(k->content);
	free(k->left);
	free(k->old);
	free(k->made);
}

static void chunks_that_were_left_are_one_reference(void **state)
{
	struct desk k;
	open_desk(&k, state, 3 * CHUNK, 0);
	run(&k, 0x7);
	assert_int_equal(k.copies[COPY_KEPT], 1);
	assert_int_equal(k.data, 0);
	close_desk(&k);
}

static void what_was_left_comes_before_the_old_version_and_that_before_new_bytes(void **state)
{
	struct desk k;
	open_desk(&k, state, 2 * CHUNK, MOST);
	k.left[CHUNK + 3] ^= 1;	       /* chunk 1 is only in the old version */
	k.old[2 * CHUNK + BLOCK] ^= 1; /* and a block of chunk 2 nowhere */
	run(&k, 0xf);
	assert_int_equal(k.copies[COPY_KEPT], 1);
	assert_int_equal(k.copies[COPY_OLD], 2);
	assert_int_equal(k.data, BLOCK);
	close_desk(&k);
}

static void holes_are_left_out_wherever_they_are(void **state)
{
	for (unsigned chunks = 0; chunks < 16; chunks++) {
		struct desk k;
		open_desk(&k, state, 2 * CHUNK, MOST);
		k.left[5] ^= 1;
		run(&k, chunks);
		close_desk(&k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chunks_that_were_left_are_one_reference),
		TEST(what_was_left_comes_before_the_old_version_and_that_before_new_bytes),
		TEST(holes_are_left_out_wherever_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
