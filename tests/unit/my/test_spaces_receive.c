#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dbdump/my/spaces.h"
#include "xfer/base/fd.h"

/* A destination's end without its server: a folder that copies come into. What is sent is made from `sent`, by hand. */

static char folder[] = "/tmp/test_spaces.XXXXXX";
static char shown[] = "mysql://there";
static const struct uri uri = { .shown = shown };
static const struct options options = { .mode = MODE_AUTO };
static struct session session = { .job = { .uri = &uri, .options = &options } };
static struct spaces spaces;
static uint8_t chunk[HASH_CHUNK];
static struct err err;

static void begin(void)
{
	memset(&spaces, 0, sizeof spaces);
	spaces.target = &session;
	spaces.from = spaces.to = -1;
	spaces.staging = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(spaces.staging >= 0);
	session.spaces = &spaces;
}

static void end(void)
{
	char name[32];
	for (size_t i = 0; i < spaces.count; i++) {
		unlinkat(spaces.staging, spaces_staged_name(name, i, ""), 0);
		unlinkat(spaces.staging, spaces_staged_name(name, i, ".cfg"), 0);
		free(spaces.at[i].schema);
		free(spaces.at[i].name);
		staged_fini(&spaces.at[i].staged);
	}
	free(spaces.at);
	close(spaces.staging);
}

static int send(enum piece_kind kind, uint32_t file, uint32_t number, const void *data, size_t len)
{
	const struct piece p = { kind, file, number, data, len };
	return my_receive(&session, &p, &err);
}

static int send_table(uint32_t file, const char *schema, const char *name)
{
	struct buf b = { .limit = PIECE_MOST };
	buf_string(&b, schema, strlen(schema));
	buf_string(&b, name, strlen(name));
	buf_u64(&b, 3 * HASH_CHUNK);
	int rc = send(PIECE_TABLE, file, 0, b.data, b.len);
	buf_fini(&b);
	return rc;
}

static int send_chunk(uint32_t file, uint32_t number, uint8_t byte, size_t len)
{
	memset(chunk, byte, len);
	return send(PIECE_CHUNK, file, number, chunk, len);
}

/* Three chunks: 'a', a hole, 'c' of 100 bytes; beside it "cfg". */
static int send_whole(uint32_t file)
{
	struct file_hash *h = file_hash_new();
	struct buf b = { .limit = PIECE_MOST };
	file_hash_begin(h);
	memset(chunk, 'a', HASH_CHUNK);
	file_hash_chunk(h, 0, chunk, HASH_CHUNK);
	memset(chunk, 'c', 100);
	file_hash_chunk(h, 2 * HASH_CHUNK, chunk, 100);
	const struct digest whole = file_hash_end(h, 2 * HASH_CHUNK + 100), note = hash_of("cfg", 3);
	file_hash_free(h);
	buf_u64(&b, 2 * HASH_CHUNK + 100);
	buf_bytes(&b, whole.byte, sizeof whole.byte);
	buf_u64(&b, 3);
	buf_bytes(&b, note.byte, sizeof note.byte);
	int rc = send(PIECE_WHOLE, file, 0, b.data, b.len);
	buf_fini(&b);
	return rc;
}

static bool is_by_file(void)
{
	char schema[] = "d", name[] = "t";
	struct table table = { .schema = schema, .name = name };
	struct catalog c = { .tables = &table, .table_count = 1 };
	spaces_sort(&spaces);
	const struct space *sp = spaces_find(&spaces, schema, name);
	if (sp && sp->whole)
		my_arrived(&session, &c);
	return table.by_file;
}

static void what_came_whole_is_there(void **state)
{
	struct stat st;
	char name[32];
	uint8_t got[8];
	(void)state;
	begin();
	assert_int_equal(send_table(0, "d", "t"), 0);
	assert_int_equal(send_chunk(0, 0, 'x', HASH_CHUNK), 0);
	assert_int_equal(send_chunk(0, 1, 'b', HASH_CHUNK), 0);
	assert_int_equal(send_chunk(0, 2, 'c', 100), 0);
	/* once more, as they are now */
	assert_int_equal(send_chunk(0, 0, 'a', HASH_CHUNK), 0);
	assert_int_equal(send_chunk(0, 1, 0, HASH_CHUNK), 0);
	assert_int_equal(send(PIECE_NOTE, 0, 0, "cfg", 3), 0);
	assert_int_equal(send_whole(0), 0);
	assert_true(is_by_file());
	assert_int_equal(fstatat(spaces.staging, spaces_staged_name(name, 0, ""), &st, 0), 0);
	assert_int_equal(st.st_size, 2 * HASH_CHUNK + 100);
	assert_true(st.st_blocks * 512 < 2 * HASH_CHUNK);
	AUTO(fd_closep) int fd = openat(spaces.staging, name, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd_read_at(fd, got, 2, HASH_CHUNK - 1), 2);
	assert_memory_equal(got, "a\0", 2);
	assert_int_equal(fd_read_at(fd, got, 2, 2 * HASH_CHUNK - 1), 2);
	assert_memory_equal(got, "\0c", 2);
	end();
}

/* without: which of the four pieces does not come */
static void expect_rows_without(int without)
{
	begin();
	assert_int_equal(send_table(0, "d", "t"), 0);
	if (without != 0)
		assert_int_equal(send_chunk(0, 0, 'a', HASH_CHUNK), 0);
	if (without != 1)
		assert_int_equal(send_chunk(0, 2, 'c', 100), 0);
	if (without != 2)
		assert_int_equal(send(PIECE_NOTE, 0, 0, "cfg", 3), 0);
	if (without != 3)
		assert_int_equal(send_whole(0), 0);
	assert_int_equal(is_by_file(), without == 4);
	end();
}

static void a_file_of_which_a_piece_is_missing_goes_as_rows(void **state)
{
	(void)state;
	for (int i = 0; i <= 4; i++)
		expect_rows_without(i);
}

static void a_piece_that_is_another_makes_the_file_go_as_rows(void **state)
{
	(void)state;
	begin();
	assert_int_equal(send_table(0, "d", "t"), 0);
	assert_int_equal(send_chunk(0, 0, 'a', HASH_CHUNK), 0);
	assert_int_equal(send_chunk(0, 2, 'c', 100), 0);
	assert_int_equal(send_chunk(0, 1, 'b', 1), 0);
	assert_int_equal(send(PIECE_NOTE, 0, 0, "cfg", 3), 0);
	assert_int_equal(send_whole(0), 0);
	assert_false(is_by_file());
	assert_non_null(strstr(spaces.at[0].reason, "not what was sent"));
	end();
	begin();
	assert_int_equal(send_table(0, "d", "t"), 0);
	assert_int_equal(send_chunk(0, 0, 'a', HASH_CHUNK), 0);
	assert_int_equal(send_chunk(0, 2, 'c', 100), 0);
	assert_int_equal(send(PIECE_NOTE, 0, 0, "cfgs", 4), 0);
	assert_int_equal(send_whole(0), 0);
	assert_false(is_by_file());
	end();
}

static void what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	begin();
	assert_int_equal(send_chunk(0, 0, 'a', 1), -EBADMSG);
	assert_int_equal(send_table(1, "d", "t"), -EBADMSG);
	assert_int_equal(send_table(0, "d", "t"), 0);
	assert_int_equal(send_table(0, "d", "t"), -EBADMSG);
	assert_int_equal(send_chunk(1, 0, 'a', 1), -EBADMSG);
	assert_int_equal(send_chunk(0, STAGED_CHUNKS, 'a', 1), -EBADMSG);
	assert_int_equal(send_chunk(0, UINT32_MAX, 'a', 1), -EBADMSG);
	assert_int_equal(send(PIECE_NOTE, 0, 16, "cfg", 3), -EBADMSG);
	assert_int_equal(send(PIECE_KINDS, 0, 0, "cfg", 3), -EBADMSG);
	assert_int_equal(send(PIECE_CHUNK, 0, 0, "", 0), -EBADMSG);
	assert_int_equal(send(PIECE_WHOLE, 0, 0, "cfg", 3), -EBADMSG);
	assert_int_equal(send_chunk(0, 0, 'a', HASH_CHUNK), 0);
	assert_int_equal(send_chunk(0, 2, 'c', 100), 0);
	assert_int_equal(send(PIECE_NOTE, 0, 0, "cfg", 3), 0);
	assert_int_equal(send_whole(0), 0);
	/* it was proven: nothing of it changes any more */
	assert_int_equal(send_chunk(0, 0, 'b', HASH_CHUNK), -EBADMSG);
	assert_int_equal(send_whole(0), -EBADMSG);
	end();
}

/* Numbers of the other side's choice: so much memory is had by none of them, nor by all. */
static void no_number_makes_us_remember_more_than_so_much(void **state)
{
	int rc = 0;
	uint32_t tables = 0;
	(void)state;
	begin();
	for (; rc == 0 && tables < 8; tables++) {
		char name[16];
		snprintf(name, sizeof name, "t%u", tables);
		assert_int_equal(send_table(tables, "d", name), 0);
		rc = send_chunk(tables, STAGED_CHUNKS / 4 - 1, 'a', 1);
	}
	assert_int_equal(rc, -EBADMSG);
	assert_int_equal(tables, 5);
	end();
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_whole_is_there),
		cmocka_unit_test(a_file_of_which_a_piece_is_missing_goes_as_rows),
		cmocka_unit_test(a_piece_that_is_another_makes_the_file_go_as_rows),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(no_number_makes_us_remember_more_than_so_much),
	};
	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
