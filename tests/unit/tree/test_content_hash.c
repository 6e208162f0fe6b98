#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/content_hash.h"

static const struct options plain, verify = { .verify = true }, threads = { .jobs = 5 },
				   gentle = { .jobs = 3, .nice = true, .verify = true };

static int hash_with(struct content_hash_result *out, const struct options *o, struct place *p,
		     const char *name)
{
	struct content_hasher *h;
	struct err err;
	assert_int_equal(content_hasher_new(&h, o, &err), 0);
	int code = content_hash(out, h, p->fd, name, NULL);
	content_hasher_free(h);
	return code;
}

static struct digest hash_in(struct place *p, const char *name, uint64_t *read)
{
	struct content_hash_result r;
	assert_int_equal(hash_with(&r, &plain, p, name), 0);
	if (read)
		*read = r.read;
	return r.digest;
}

static void the_hash_is_that_of_the_content(void **state)
{
	struct place *p = *state;
	struct content_hash_result r;
	put_file(p, "f", "hello");
	put_file(p, "empty", "");
	struct digest want = file_hash_small("hello", 5), none = file_hash_small("", 0);
	assert_int_equal(hash_with(&r, &verify, p, "f"), 0);
	assert_memory_equal(r.digest.byte, want.byte, DIGEST_SIZE);
	assert_int_equal(r.read, 5);
	assert_int_equal(r.st.st_size, 5);
	struct digest got = hash_in(p, "empty", NULL);
	assert_memory_equal(got.byte, none.byte, DIGEST_SIZE);
}

/* The same bytes in two files, the one with holes. */
static void a_sparse_file_has_the_hash_of_a_dense_one(void **state)
{
	struct place *p = *state;
	static const size_t size = 9 * (size_t)HASH_CHUNK + 4321;
	static const size_t at[] = { 12345, 3 * HASH_CHUNK, 6 * HASH_CHUNK - 3,
				     9 * (size_t)HASH_CHUNK + 4000 };
	uint8_t *data = calloc(1, size);
	int dense = openat(p->fd, "dense", O_RDWR | O_CREAT, 0644),
	    sparse = openat(p->fd, "sparse", O_RDWR | O_CREAT, 0644);
	uint64_t read_dense, read_sparse;
	assert_int_equal(ftruncate(sparse, (off_t)size), 0);
	for (size_t i = 0; i < 4; i++) {
		memcpy(data + at[i], "data!", 5);
		assert_int_equal(pwrite(sparse, "data!", 5, (off_t)at[i]), 5);
	}
	assert_int_equal(write(dense, data, size), size);
	fsync(sparse), fsync(dense);
	struct digest a = hash_in(p, "dense", &read_dense), b = hash_in(p, "sparse", &read_sparse);
	const struct options *others[] = { &verify, &threads, &gentle };
	for (size_t i = 0; i < 6; i++) {
		struct content_hash_result r;
		assert_int_equal(hash_with(&r, others[i / 2], p, i % 2 ? "dense" : "sparse"), 0);
		assert_memory_equal(a.byte, r.digest.byte, DIGEST_SIZE);
		assert_int_equal(r.read, i % 2 ? read_dense : read_sparse);
	}
	assert_memory_equal(a.byte, b.byte, DIGEST_SIZE);
	assert_int_equal(read_dense, size);
	assert_true(read_sparse <= 6 * (uint64_t)HASH_CHUNK);
	close(dense), close(sparse), free(data);
}

static void the_next_chunk_is_where_data_is(void **state)
{
	struct place *p = *state;
	uint64_t size = 8 * (uint64_t)HASH_CHUNK;
	int fd = openat(p->fd, "f", O_RDWR | O_CREAT, 0644);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(pwrite(fd, "x", 1, 5 * HASH_CHUNK + 700000), 1);
	assert_true(content_next_chunk(fd, 0, size) == 5 * (uint64_t)HASH_CHUNK);
	assert_true(content_next_chunk(fd, 5 * (uint64_t)HASH_CHUNK, size) == 5 * (uint64_t)HASH_CHUNK);
	assert_true(content_next_chunk(fd, 6 * (uint64_t)HASH_CHUNK, size) == size);
	close(fd);
}

static void what_is_no_regular_file_is_stale(void **state)
{
	struct place *p = *state;
	struct content_hash_result r;
	put_file(p, "f", "hello");
	put_link(p, "link", "f");
	put_dir(p, "dir");
	assert_int_equal(mkfifoat(p->fd, "fifo", 0644), 0);
	assert_int_equal(hash_with(&r, &plain, p, "link"), -ESTALE);
	assert_int_equal(hash_with(&r, &plain, p, "fifo"), -ESTALE);
	assert_int_equal(hash_with(&r, &plain, p, "dir"), -ESTALE);
	assert_int_equal(hash_with(&r, &plain, p, "none"), -ENOENT);
	assert_int_equal(r.read, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_hash_is_that_of_the_content),
		TEST(a_sparse_file_has_the_hash_of_a_dense_one),
		TEST(the_next_chunk_is_where_data_is),
		TEST(what_is_no_regular_file_is_stale),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
