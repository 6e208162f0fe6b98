#include "dbdump/archive/archive.h"

#include "tests/unit/archive/small.h"

static void what_was_written_is_read(void **state)
{
	struct outcome o;
	(void)state;
	put_memory(bytes, size);
	read_memory(&o, DAMAGED_FAIL);
	assert_false(o.complained);
	expect_rows(&o, 0);
	expect_rows(&o, 1);
}

/* Of a pipe: who looks for one section may find the next one. */
static void a_record_can_be_had_again(void **state)
{
	struct archive *a;
	struct found f, again;
	struct payload p;
	struct err err;
	struct buf out;
	int ends[2];
	(void)state;
	assert_int_equal(payload_init(&p), 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], bytes, size), (ssize_t)size);
	close(ends[1]);
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
	assert_int_equal(archive_open(&a, path, NULL, &err), 0);
	assert_int_equal(stream_next(archive_stream(a), &p, &f, &err), 1);
	stream_again(archive_stream(a));
	assert_int_equal(stream_next(archive_stream(a), &p, &again, &err), 1);
	assert_int_equal(again.record.number, f.record.number);
	buf_init(&out, MOST);
	assert_int_equal(payload_unpack(&p, &again.record, &out), 0);
	buf_fini(&out);
	assert_int_equal(stream_next(archive_stream(a), &p, &again, &err), 1);
	assert_int_equal(again.record.number, f.record.number + 1);
	/* what is left is read to its end, and there is one */
	archive_end(a);
	assert_int_equal(archive_damages(a)->count, 0);
	archive_close(a);
	close(ends[0]);
	payload_fini(&p);
}

static void a_newer_archive_is_refused(void **state)
{
	static uint8_t newer[MOST];
	struct edge e;
	struct outcome o;
	(void)state;
	memcpy(newer, bytes, size);
	assert_int_equal(edge_parse(&e, newer), 0);
	e.version = FORMAT_VERSION + 1;
	edge_pack(newer, &e);
	put_memory(newer, size);
	read_memory(&o, DAMAGED_FAIL);
	assert_false(o.opened);
	assert_int_equal(o.err.code, -EPROTONOSUPPORT);
	assert_non_null(strstr(o.text, "newer dbdump"));
}

static void what_is_no_archive_is_said_to_be_none(void **state)
{
	struct outcome o;
	(void)state;
	put_memory((const uint8_t *)"CREATE TABLE ...", 16);
	read_memory(&o, DAMAGED_FAIL);
	assert_int_equal(o.err.code, -EPROTO);
}

/* A large row is in several records, and comes back as it was; random, so that nothing is packed. */
static void a_row_larger_than_a_record_is_whole(void **state)
{
	static uint8_t row[3 * RECORD_MOST];
	struct buf out;
	struct payload p;
	struct err err;
	(void)state;
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof row; i++) {
		x = x * 1664525 + 1013904223;
		row[i] = (uint8_t)(x >> 24);
	}
	char path[] = "/tmp/test_archive.XXXXXX", *name = (char *)(uintptr_t) "shop";
	const struct hello h = {
		.engine = "toy", .databases = { &name, 1 }, .sources = { &name, 1 }, .one_section = true
	};
	struct file *f;
	struct writer *w;
	struct archive *a;
	close(mkstemp(path));
	assert_int_equal(payload_init(&p), 0);
	assert_int_equal(file_open(&f, path, true, &err), 0);
	assert_int_equal(writer_new(&w, f, &h, &err), 0);
	const struct record r = { .type = RECORD_ROWS, .rows = 1 };
	assert_int_equal(writer_put_long(w, &p, &r, row, sizeof row, &err), 0);
	assert_int_equal(writer_end(w, &err), 0);
	assert_int_equal(file_commit(f, &err), 0);
	writer_free(w);
	file_close(f);
	assert_int_equal(archive_open(&a, path, NULL, &err), 0);
	size_t count;
	const struct place *places = archive_places(a, 0, 0, &count);
	assert_int_equal(count, 3);
	buf_init(&out, sizeof row);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(places[i].rows, i == 2);
		assert_int_equal(archive_read(a, &places[i], &p, &out, &err), 0);
	}
	assert_int_equal(out.len, sizeof row);
	assert_memory_equal(out.data, row, sizeof row);
	archive_close(a);
	payload_fini(&p);
	buf_fini(&out);
	unlink(path);
}

static void a_file_has_its_name_when_it_is_whole(void **state)
{
	char dir[] = "/tmp/test_archive.XXXXXX", path[64], temp[64];
	struct file *f, *other;
	struct stat st;
	struct err err;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/a", dir);
	snprintf(temp, sizeof temp, "%s/.a.dbdump", dir);
	assert_int_equal(file_open(&f, path, false, &err), 0);
	assert_int_equal(file_write(f, "x", 1, &err), 0);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(file_open(&other, path, false, &err), -ENOTEMPTY);
	assert_int_equal(file_commit(f, &err), 0);
	file_close(f);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* it is not replaced unless that is asked for, and not by one that is not whole */
	assert_int_equal(file_open(&f, path, false, &err), -ENOTEMPTY);
	assert_int_equal(file_open(&f, path, true, &err), 0);
	assert_int_equal(file_write(f, "yy", 2, &err), 0);
	file_close(f);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(stat(temp, &st), -1);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_record_can_be_had_again),
		cmocka_unit_test(a_newer_archive_is_refused),
		cmocka_unit_test(what_is_no_archive_is_said_to_be_none),
		cmocka_unit_test(a_row_larger_than_a_record_is_whole),
		cmocka_unit_test(a_file_has_its_name_when_it_is_whole),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
