#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "xfer/base/exit.h"
#include "xfer/cli/args.h"
#include "xfer/cli/outcome.h"

static struct options options;

static int status_of_run(struct transfer t, struct outcome how)
{
	struct report r = { 0 };
	t.options = &options;
	outcome_count(&r, &t, &how);
	return outcome_status(&r, &t, &how);
}

static int reset(void **state)
{
	(void)state;
	options_init(&options);
	return 0;
}

static void a_run_without_a_failure_is_a_success(void **state)
{
	(void)state;
	assert_int_equal(status_of_run((struct transfer){ .complete = true }, (struct outcome){ 0 }),
			 EXIT_OK);
}

static void digests_that_differ_are_never_a_success(void **state)
{
	(void)state;
	struct transfer t = { .complete = true, .source.digest.byte = { 1 } };
	assert_int_equal(status_of_run(t, (struct outcome){ 0 }), EXIT_DIFFERENT);
}

static void only_vanished_files_have_a_status_of_their_own(void **state)
{
	(void)state;
	struct transfer t = { .complete = true };
	assert_int_equal(status_of_run(t, (struct outcome){ .failures = 2, .vanished = 2 }), EXIT_VANISHED);
	assert_int_equal(status_of_run(t, (struct outcome){ .failures = 2, .vanished = 1 }), EXIT_PARTIAL);
}

static void a_failure_that_nobody_told_counts(void **state)
{
	(void)state;
	struct transfer t = { .complete = true, .target.items.failed = 1 };
	assert_int_equal(status_of_run(t, (struct outcome){ 0 }), EXIT_PARTIAL);
}

static void what_is_left_out_needs_an_option_that_allows_it(void **state)
{
	(void)state;
	struct transfer t = { .complete = true, .source.items.skipped = 1 };
	assert_int_equal(status_of_run(t, (struct outcome){ 0 }), EXIT_PARTIAL);
	options.existing = true;
	assert_int_equal(status_of_run(t, (struct outcome){ 0 }), EXIT_OK);
}

static void a_change_is_a_difference_only_to_verify(void **state)
{
	(void)state;
	struct transfer t = { .complete = true, .target.items.updated = 1 };
	assert_int_equal(status_of_run(t, (struct outcome){ 0 }), EXIT_OK);
	assert_int_equal(status_of_run(t, (struct outcome){ .verify = true }), EXIT_DIFFERENT);
}

static void proven_is_the_weakest_of_all(void **state)
{
	(void)state;
	struct report r = { 0 };
	struct outcome how = { 0 };
	struct transfer t = { .options = &options, .target.proven = { .transferred = 5 } };
	outcome_count(&r, &t, &how);
	assert_int_equal(r.proof, PROOF_TRANSFERRED);
	t.target.proven.metadata = 1;
	outcome_count(&r, &t, &how);
	assert_int_equal(r.proof, PROOF_METADATA);
	t.verified = true;
	outcome_count(&r, &t, &how);
	assert_int_equal(r.proof, PROOF_REREAD);
	options.dry_run = true;
	outcome_count(&r, &t, &how);
	assert_int_equal(r.proof, PROOF_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_run_without_a_failure_is_a_success, reset),
		cmocka_unit_test_setup(digests_that_differ_are_never_a_success, reset),
		cmocka_unit_test_setup(only_vanished_files_have_a_status_of_their_own, reset),
		cmocka_unit_test_setup(a_failure_that_nobody_told_counts, reset),
		cmocka_unit_test_setup(what_is_left_out_needs_an_option_that_allows_it, reset),
		cmocka_unit_test_setup(a_change_is_a_difference_only_to_verify, reset),
		cmocka_unit_test_setup(proven_is_the_weakest_of_all, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
