#include "xfer/codec/cksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* What cksum(1) prints. */
static void it_is_what_cksum_prints(void **state)
{
	(void)state;
	char *zeros = calloc(1, 1000000);
	assert_non_null(zeros);
	assert_int_equal(cksum_of("", 0), 4294967295);
	assert_int_equal(cksum_of("123456789", 9), 930766865);
	assert_int_equal(cksum_of(zeros, 1000000), 1345294785);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_cksum_prints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
