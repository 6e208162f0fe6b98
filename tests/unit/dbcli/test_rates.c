#include "dbdump/cli/rates.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static int parse(struct rates *out, const char *text, const char *engine)
{
	struct err err = { 0 };
	int r = rates_parse(out, text, strlen(text), engine, &err);
	assert_int_equal(r, err.code);
	return r;
}

#define WHOLE                                                                                                                   \
	"{\"event\":\"rehearsal\",\"format\":1,\"reason\":\"a \\\"}{ in it\",\"engine\":\"MariaDB\",\"source\":{\"uri\":\"x\"," \
	"\"version\":\"10.6\"},\"target\":{\"version\":\"10.11\"},\"seconds\":{\"total\":99},\"findings\":[{\"total\":[1]},[]],"
#define BYTES "\"bytes\":{\"total\":2500000000,\"data\":1},"

static void the_rate_is_that_of_copy_and_verification(void **state)
{
	(void)state;
	struct rates r;
	assert_int_equal(parse(&r, WHOLE BYTES "\"seconds_per_gb\":{\"copy\":7,\"total\":12.5}}\n",
			       "MariaDB"),
			 0);
	assert_true(r.seconds_per_gb > 12.49 && r.seconds_per_gb < 12.51);
	assert_true(r.gigabytes > 2.49 && r.gigabytes < 2.51);
	assert_string_equal(r.from, "10.6");
	assert_string_equal(r.to, "10.11");
}

static void members_come_in_any_order(void **state)
{
	(void)state;
	struct rates r;
	assert_int_equal(parse(&r,
			       " { \"bytes\" : { \"total\" : 1e9 } , \"seconds_per_gb\" : {\"total\":3} ,"
			       "\"engine\":\"MariaDB\", \"format\":1, \"event\":\"rehearsal\" }",
			       "MariaDB"),
			 0);
	assert_true(r.seconds_per_gb > 2.9 && r.seconds_per_gb < 3.1);
	assert_string_equal(r.from, "");
}

static void what_has_no_rate_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"{",
		"}",
		"[]",
		"null",
		"{}",
		"{\"event\":\"report\",\"format\":1}",
		WHOLE BYTES "\"seconds_per_gb\":{\"total\":null}}",
		WHOLE BYTES "\"seconds_per_gb\":{\"total\":-1}}",
		WHOLE BYTES "\"seconds_per_gb\":{\"total\":\"3\"}}",
		WHOLE BYTES "\"seconds_per_gb\":[\"total\",3]}",
		WHOLE "\"bytes\":{\"total\":0},\"seconds_per_gb\":{\"total\":3}}",
		"{\"event\":\"rehearsal\",\"format\":2,\"engine\":\"MariaDB\"," BYTES
		"\"seconds_per_gb\":{\"total\":3}}",
	};
	struct rates r;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(&r, bad[i], "MariaDB"), -EINVAL);
	assert_int_equal(parse(&r, WHOLE BYTES "\"seconds_per_gb\":{\"total\":3}}", "PostgreSQL"), -EINVAL);
}

static void one_that_was_cut_is_refused(void **state)
{
	(void)state;
	static const char whole[] = WHOLE BYTES "\"seconds_per_gb\":{\"copy\":7,\"total\":12.5}}";
	struct rates r;
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		char cut[sizeof whole];
		memcpy(cut, whole, n);
		cut[n] = '\0';
		assert_int_equal(parse(&r, cut, "MariaDB"), -EINVAL);
	}
}

static void a_file_that_cannot_be_read_is_none(void **state)
{
	(void)state;
	struct rates r;
	struct err err = { 0 };
	assert_int_equal(rates_read(&r, "/nonesuch/r.json", "MariaDB", &err), -EPIPE);
	assert_non_null(strstr(err.text, "/nonesuch/r.json: "));
	err = (struct err){ 0 };
	assert_int_equal(rates_read(&r, "/dev/zero", "MariaDB", &err), -EPIPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_is_that_of_copy_and_verification),
		cmocka_unit_test(members_come_in_any_order),
		cmocka_unit_test(what_has_no_rate_is_refused),
		cmocka_unit_test(one_that_was_cut_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
