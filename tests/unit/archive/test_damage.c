#include "dbdump/archive/extent.h"

#include "tests/unit/archive/small.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 37 }; /* an archive's windows are megabytes, which take a sanitizer a hundred times as long */
#else
enum { STEP = 1 };
#endif

static void an_archive_cut_anywhere_is_said_to_be(void **state)
{
	struct outcome o;
	size_t opened = 0;
	(void)state;
	for (size_t len = 0; len < size; len += len < size - STEP ? STEP : 1) {
		put_memory(bytes, len);
		read_memory(&o, DAMAGED_SKIP);
		if (!o.complained)
			fail_msg("cut to %zu of %zu bytes: nothing is said", len, size);
		opened += o.opened;
	}
	/* all but what is cut within the edge and the first record */
	assert_true(opened > (size - 64 - 200) / STEP);
	expect_rows(&o, 0);
	expect_rows(&o, 1);
}

static void what_is_before_a_cut_is_there(void **state)
{
	struct outcome o;
	(void)state;
	/* of the second table's first part the last line is there, of its second part nothing */
	const uint8_t *at = memmem(bytes, size, "a\\nb", 4);
	put_memory(bytes, (size_t)(at - bytes));
	read_memory(&o, DAMAGED_SKIP);
	expect_rows(&o, 0);
	assert_int_equal(o.tables[1].rows, 1);
	assert_non_null(strstr(o.text, "missing"));
	read_memory(&o, DAMAGED_FAIL);
	expect_rows(&o, 0);
	assert_int_equal(o.tables[1].rows, 0);
}

/* A bit may be where nothing depends on it; but never are rows other than they were without a word. */
static void no_flipped_bit_changes_rows_in_silence(void **state)
{
	static uint8_t flipped[MOST];
	struct outcome o;
	(void)state;
	for (size_t i = 0; i < size * 8; i += STEP) {
		memcpy(flipped, bytes, size);
		flipped[i / 8] ^= (uint8_t)(1 << i % 8);
		put_memory(flipped, size);
		read_memory(&o, i % 2 ? DAMAGED_SKIP : DAMAGED_FAIL);
		if (o.complained)
			continue;
		expect_rows(&o, 0);
		expect_rows(&o, 1);
	}
}

static void damaged_rows_are_named_by_range_and_the_others_are_read(void **state)
{
	static uint8_t flipped[MOST];
	struct outcome o;
	(void)state;
	memcpy(flipped, bytes, size);
	uint8_t *at = memmem(flipped, size, "passwd", 6);
	*at ^= 1;
	put_memory(flipped, size);
	read_memory(&o, DAMAGED_SKIP);
	assert_non_null(strstr(o.text, "rows 1 to 1 of those where id < 9"));
	expect_rows(&o, 0);
	assert_int_equal(o.tables[1].rows, 3);
	read_memory(&o, DAMAGED_FAIL);
	assert_non_null(strstr(o.text, "rows 1 to 1 of those where id < 9"));
	expect_rows(&o, 0);
}

/* The record whose payload has this text; its length in *len. */
static uint8_t *record_with(uint8_t *data, const char *text, size_t *len)
{
	uint8_t *at = memmem(data, size, text, strlen(text));
	assert_non_null(at);
	uint8_t *head = NULL;
	for (uint8_t *p = data; (p = memmem(p, (size_t)(at - p), bytes + 24, RECORD_MARK)); p++)
		head = p;
	struct record r;
	assert_int_equal(record_parse(&r, head, bytes + 24), 0);
	*len = RECORD_HEAD + r.stored;
	return head;
}

static void a_record_that_is_taken_out_is_missed(void **state)
{
	static uint8_t less[MOST];
	struct outcome o;
	size_t len;
	(void)state;
	memcpy(less, bytes, size);
	uint8_t *record = record_with(less, "passwd", &len);
	memmove(record, record + len, size - (size_t)(record + len - less));
	put_memory(less, size - len);
	read_memory(&o, DAMAGED_SKIP);
	assert_non_null(strstr(o.text, "rows are missing"));
	expect_rows(&o, 0);
	assert_int_equal(o.tables[1].rows, 3);
}

static void a_record_of_another_archive_is_none(void **state)
{
	static uint8_t other[MOST];
	struct outcome o;
	size_t len;
	(void)state;
	memcpy(other, bytes, size);
	uint8_t id[FORMAT_ID], *head = record_with(other, "passwd", &len);
	struct record r;
	memcpy(id, bytes + 24, sizeof id);
	assert_int_equal(record_parse(&r, head, id), 0);
	id[FORMAT_ID - 1] ^= 1; /* its mark is the same */
	record_pack(head, &r, id);
	put_memory(other, size);
	read_memory(&o, DAMAGED_SKIP);
	assert_true(o.complained);
	assert_int_equal(o.tables[1].rows, 3);
}

/* Of two records of one shape one stands where the other one did: all hashes are right, and a row is there twice. */
static void a_record_in_anothers_place_is_seen(void **state)
{
	static uint8_t moved[MOST];
	struct outcome o;
	size_t len, other;
	(void)state;
	memcpy(moved, bytes, size);
	const uint8_t *from = record_with(moved, "1\tone", &len);
	uint8_t *to = record_with(moved, "2\ttwo", &other);
	assert_int_equal(len, other);
	memcpy(to, from, len);
	put_memory(moved, size);
	read_memory(&o, DAMAGED_SKIP);
	assert_non_null(strstr(o.text, "rows 2 to 2 are damaged"));
	assert_int_equal(o.tables[0].rows, 1);
	expect_rows(&o, 1);
}

static void a_row_without_its_begin_is_none(void **state)
{
	static uint8_t less[MOST];
	struct outcome o;
	size_t len;
	(void)state;
	memcpy(less, bytes, size);
	uint8_t *record = record_with(less, "long row ", &len);
	memmove(record, record + len, size - (size_t)(record + len - less));
	put_memory(less, size - len);
	read_memory(&o, DAMAGED_SKIP);
	assert_non_null(strstr(o.text, "rows are missing: 2 of 3 are there"));
	expect_rows(&o, 0);
	assert_int_equal(o.tables[1].rows, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_cut_anywhere_is_said_to_be),
		cmocka_unit_test(what_is_before_a_cut_is_there),
		cmocka_unit_test(no_flipped_bit_changes_rows_in_silence),
		cmocka_unit_test(damaged_rows_are_named_by_range_and_the_others_are_read),
		cmocka_unit_test(a_record_that_is_taken_out_is_missed),
		cmocka_unit_test(a_record_of_another_archive_is_none),
		cmocka_unit_test(a_record_in_anothers_place_is_seen),
		cmocka_unit_test(a_row_without_its_begin_is_none),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
