#include "xfer/base/spill_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void put(struct spill_list *l, struct spill *s, unsigned list, unsigned number)
{
	char text[40];
	struct err err = { 0 };
	size_t n = (size_t)snprintf(text, sizeof text, "%u of list %u", number, list);
	if (spill_list_put(l, s, text, n, &err) < 0)
		fail_msg("%s", err.text);
}

static void expect(struct spill_list *l, struct spill *s, unsigned list, unsigned number)
{
	char text[40], got[40];
	struct err err = { 0 };
	int n = snprintf(text, sizeof text, "%u of list %u", number, list);
	assert_int_equal(spill_list_take(l, s, got, sizeof got, &err), n);
	assert_memory_equal(got, text, n);
}

static void expect_none(struct spill_list *l, struct spill *s)
{
	char got[40];
	struct err err;
	assert_true(spill_list_empty(l));
	assert_int_equal(spill_list_take(l, s, got, sizeof got, &err), 0);
}

/* As in a walk: each list is left in the middle for one that stands on it. */
static void lists_stand_on_each_other(void **state)
{
	(void)state;
	enum { LISTS = 50, RECORDS = 200 };
	struct spill *s = spill_new(NULL, 8192);
	struct spill_list l[LISTS];
	for (unsigned i = 0; i < LISTS; i++) {
		l[i] = spill_list_on(s);
		for (unsigned k = 0; k < RECORDS; k++)
			put(&l[i], s, i, k);
		for (unsigned k = 0; k < RECORDS / 2; k++)
			expect(&l[i], s, i, k);
	}
	for (unsigned i = LISTS; i-- > 0;) {
		for (unsigned k = RECORDS / 2; k < RECORDS; k++)
			expect(&l[i], s, i, k);
		expect_none(&l[i], s);
		spill_list_drop(&l[i], s);
	}
	assert_int_equal(spill_end(s), 0);
	spill_free(s);
}

static void a_list_may_be_empty_and_its_records_long(void **state)
{
	(void)state;
	static char record[SPILL_RECORD], got[SPILL_RECORD];
	struct err err;
	struct spill *s = spill_new(NULL, 4096);
	struct spill_list l = spill_list_on(s);
	expect_none(&l, s);
	memset(record, 'x', sizeof record);
	assert_int_equal(spill_list_put(&l, s, record, sizeof record, &err), 0);
	assert_int_equal(spill_list_put(&l, s, "y", 1, &err), 0);
	assert_int_equal(spill_list_take(&l, s, got, sizeof got, &err), sizeof got);
	assert_memory_equal(got, record, sizeof got);
	assert_int_equal(spill_list_take(&l, s, got, sizeof got, &err), 1);
	assert_int_equal(got[0], 'y');
	expect_none(&l, s);
	spill_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_stand_on_each_other),
		cmocka_unit_test(a_list_may_be_empty_and_its_records_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
