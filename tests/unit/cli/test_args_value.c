#include "xfer/cli/args.h"
#include "tests/unit/front/args_case.h"
#include "xfer/cli/args_table.h"

/* A table that contradicts itself would show only in the option that nobody tried. */
static void the_table_is_consistent(void **state)
{
	(void)state;
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		bool internal = row->attrs & OPT_INTERNAL;
		assert_true(row->name || row->letter);
		assert_int_equal(internal, !row->help);
		assert_int_equal(internal, !row->commands);
		if (!internal)
			assert_int_equal(opt_takes_value(row), row->arg != NULL);
		if (!internal && row->name)
			assert_ptr_equal(opt_by_name(row->name, strlen(row->name)), row); /* no name twice */
		if (row->letter)
			assert_ptr_equal(opt_by_letter(row->letter), row);
		if (opt_is_packed(row))
			assert_ptr_equal(opt_by_packed_name(row->name, strlen(row->name)), row);
		assert_int_equal(row->kind == OPT_CHOICE, row->choices != NULL);
		assert_true(!(row->attrs & OPT_ONCE) || (row->kind == OPT_FLAG && row->letter));
		/* --no-X must never be another option's name */
		assert_true(!row->name || strncmp(row->name, "no-", 3) != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_consistent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
