#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "xfer/cli/args.h"
#include "xfer/cli/config.h"
#include "xfer/base/strings.h"

static struct strings words(size_t n)
{
	static char *const all[] = { "/srv/a", "b c", "" };
	return (struct strings){ (char **)all, n };
}

static struct buf packed(enum config_role role, unsigned tell, size_t operands)
{
	struct buf b;
	struct options o;
	struct strings w = words(operands);
	buf_init(&b, CONFIG_MAX);
	options_init(&o);
	o.delete = true;
	assert_int_equal(config_put(&b, role, tell, &w, &o), 0);
	return b;
}

static int taken(const struct buf *b, size_t len)
{
	struct config c;
	struct err err = { 0 };
	config_init(&c);
	int r = config_get(&c, b->data, len, &err);
	config_fini(&c);
	return r;
}

static void what_is_put_is_what_is_got(void **state)
{
	(void)state;
	struct buf b = packed(CONFIG_SEND, CONFIG_TELL_ITEMS, 3);
	struct config c;
	struct err err = { 0 };
	config_init(&c);
	assert_int_equal(config_get(&c, b.data, b.len, &err), 0);
	assert_int_equal(c.role, CONFIG_SEND);
	assert_int_equal(c.tell, CONFIG_TELL_ITEMS);
	assert_int_equal(c.operands.count, 3);
	assert_string_equal(c.operands.at[1], "b c");
	assert_true(c.options.delete);
	config_fini(&c);
	buf_fini(&b);
}

static void a_receiver_has_a_destination(void **state)
{
	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct buf b = packed(CONFIG_RECEIVE_HERE, 0, n);
		assert_int_equal(taken(&b, b.len), n == 1 ? 0 : -EPROTO);
		buf_fini(&b);
		b = packed(CONFIG_RECEIVE, 0, n); /* and perhaps what was asked for */
		assert_int_equal(taken(&b, b.len), n >= 1 ? 0 : -EPROTO);
		buf_fini(&b);
	}
}

static void an_unknown_role_is_refused(void **state)
{
	(void)state;
	struct buf b = packed(CONFIG_SEND, 0, 1);
	b.data[0] = 'x';
	assert_int_equal(taken(&b, b.len), -EPROTO);
	b.data[0] = 0;
	assert_int_equal(taken(&b, b.len), -EPROTO);
	buf_fini(&b);
}

static void what_is_cut_anywhere_is_refused(void **state)
{
	(void)state;
	struct buf b = packed(CONFIG_SEND, 0, 3);
	for (size_t n = 0; n < b.len; n++)
		assert_true(taken(&b, n) < 0);
	buf_fini(&b);
}

static void a_nul_in_an_operand_is_refused(void **state)
{
	(void)state;
	struct buf b = packed(CONFIG_SEND, 0, 1);
	assert_int_equal(b.data[4], '/');
	b.data[4] = '\0';
	assert_int_equal(taken(&b, b.len), -EPROTO);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_what_is_got),
		cmocka_unit_test(a_receiver_has_a_destination),
		cmocka_unit_test(an_unknown_role_is_refused),
		cmocka_unit_test(what_is_cut_anywhere_is_refused),
		cmocka_unit_test(a_nul_in_an_operand_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
