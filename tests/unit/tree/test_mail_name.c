#include "xfer/tree/mail_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct mail_name parse(const char *name)
{
	return mail_name_parse(name, strlen(name));
}

static void a_base_name_ends_where_the_flags_begin(void **state)
{
	(void)state;
	assert_int_equal(parse("17.M1P2.host:2,RS").base_len, strlen("17.M1P2.host"));
	assert_int_equal(parse("17.M1P2.host:2,").base_len, strlen("17.M1P2.host"));
	assert_int_equal(parse("17.M1P2.host:2,Sab").base_len, strlen("17.M1P2.host")); /* keywords */
	assert_int_equal(parse("17.M1P2.host").base_len, strlen("17.M1P2.host"));
	assert_int_equal(parse("17.M1P2.host:1,x:2,S").base_len, strlen("17.M1P2.host"));
}

static void what_begins_with_a_dot_or_has_no_base_is_no_message(void **state)
{
	(void)state;
	assert_int_equal(parse(".xfer-0011").base_len, 0);
	assert_int_equal(parse("").base_len, 0);
	assert_int_equal(parse(":2,S").base_len, 0);
	assert_false(parse(":2,S=5").has_size);
}

static void the_size_is_told_by_the_base_name_alone(void **state)
{
	(void)state;
	struct mail_name m = parse("17.M1P2.host,S=1234,W=1260:2,S");
	assert_true(m.has_size && m.size == 1234);
	m = parse("17.M1P2.host,S=0");
	assert_true(m.has_size && m.size == 0);
	m = parse("17.M1P2.host,W=7,S=6:2,");
	assert_true(m.has_size && m.size == 6);
	assert_false(parse("17.M1P2.host,W=1260:2,S").has_size);
	assert_false(parse("17.M1P2.host:2,S=12").has_size);
	assert_false(parse("17.M1P2.S=12:2,").has_size);
}

static void a_size_that_is_no_number_is_none(void **state)
{
	(void)state;
	assert_false(parse("17,S=").has_size);
	assert_false(parse("17,S=,W=2").has_size);
	assert_false(parse("17,S=12x").has_size);
	assert_false(parse("17,S=-1").has_size);
	assert_false(parse("17,S=99999999999999999999999").has_size);
	assert_false(parse("17,S=1234567890123456789").has_size);
	assert_true(parse("17,S=123456789012345678").size == UINT64_C(123456789012345678));
}

static enum mail_file kind(const char *name)
{
	return mail_file_kind(name, strlen(name));
}

static void what_servers_keep_is_known(void **state)
{
	(void)state;
	assert_int_equal(kind("dovecot-uidlist"), MAIL_FILE_LAST);
	assert_int_equal(kind("dovecot-keywords"), MAIL_FILE_LAST);
	assert_int_equal(kind("dovecot-uidlist.lock"), MAIL_FILE_LOCK);
	assert_int_equal(kind("dovecot-keywords.tmp"), MAIL_FILE_LOCK);
	assert_int_equal(kind("dovecot.index"), MAIL_FILE_INDEX);
	assert_int_equal(kind("dovecot.index.log.2"), MAIL_FILE_INDEX);
	assert_int_equal(kind("dovecot.list.index.log"), MAIL_FILE_INDEX);
	assert_int_equal(kind("dovecot-uidlist.old"), MAIL_FILE_OTHER);
	assert_int_equal(kind("dovecot-uidvalidity"), MAIL_FILE_OTHER);
	assert_int_equal(kind("dovecot"), MAIL_FILE_OTHER);
	assert_int_equal(kind("subscriptions"), MAIL_FILE_OTHER);
	assert_int_equal(kind("maildirfolder"), MAIL_FILE_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_base_name_ends_where_the_flags_begin),
		cmocka_unit_test(what_begins_with_a_dot_or_has_no_base_is_no_message),
		cmocka_unit_test(the_size_is_told_by_the_base_name_alone),
		cmocka_unit_test(a_size_that_is_no_number_is_none),
		cmocka_unit_test(what_servers_keep_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
