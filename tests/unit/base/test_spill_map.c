#include "xfer/base/spill_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { LITTLE = 8192, MANY = 30000 };

static void put(struct spill_map *m, uint64_t number, const char *text)
{
	struct err err = { 0 };
	if (spill_map_put(m, number, text, strlen(text), &err) < 0)
		fail_msg("%s", err.text);
}

/* text NULL: there is none. */
static void expect(struct spill_map *m, uint64_t number, const char *text)
{
	char got[40];
	struct err err = { 0 };
	size_t len = text ? strlen(text) : 0;
	assert_int_equal(spill_map_get(m, number, got, sizeof got, &err), len);
	if (text)
		assert_memory_equal(got, text, len);
}

static void every_third_number_has_a_record_of_its_own(void **state)
{
	(void)state;
	char text[40];
	struct spill_map *m = spill_map_new(NULL, LITTLE);
	for (unsigned i = 0; i < MANY; i += 3) {
		snprintf(text, sizeof text, "record of %u", i);
		put(m, i, text);
	}
	for (unsigned i = 0; i < MANY + 5000; i++) {
		snprintf(text, sizeof text, "record of %u", i);
		expect(m, i, i < MANY && i % 3 == 0 ? text : NULL);
	}
	spill_map_free(m);
	spill_map_free(NULL);
}

static void the_order_does_not_matter_and_the_last_record_counts(void **state)
{
	(void)state;
	struct spill_map *m = spill_map_new(NULL, LITTLE);
	expect(m, 0, NULL);
	put(m, 1000000, "late");
	put(m, 0, "first");
	put(m, 5000, "middle");
	put(m, 0, "again");
	expect(m, 0, "again");
	expect(m, 5000, "middle");
	expect(m, 1000000, "late");
	expect(m, 999999, NULL);
	expect(m, UINT64_MAX, NULL);
	spill_map_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_third_number_has_a_record_of_its_own),
		cmocka_unit_test(the_order_does_not_matter_and_the_last_record_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
