#include "dbdump/cli/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void hides(const char *given, const char *shown)
{
	size_t n = strlen(given) + 1;
	char *text = strdup(given);
	assert_non_null(text);
	secret_hide(text);
	assert_string_equal(text, shown);
	for (size_t i = strlen(shown); i < n; i++) /* nothing of it behind the end either */
		assert_int_equal(text[i], 0);
	free(text);
}

static void a_password_becomes_a_star(void **state)
{
	(void)state;
	hides("mysql://u:secret@h/db", "mysql://u:*@h/db");
	hides("mysql://u:s@h/db", "mysql://u:*@h/db");
	hides("postgresql://u:a%40b:c/d@h,i/db", "postgresql://u:*@h,i/db");
	hides("mysql://u:se@cret@h:3306/db", "mysql://u:*@h:3306/db");
	hides("mysql://:secret@/", "mysql://:*@/");
	hides("option --jobs: \"mysql://u:secret@h/db\" is no number",
	      "option --jobs: \"mysql://u:*@h/db\" is no number");
}

static void so_does_one_among_the_parameters(void **state)
{
	(void)state;
	hides("postgresql:///db?password=secret&user=u", "postgresql:///db?password=*&user=u");
	hides("postgresql:///db?user=u&sslpassword=x%20y", "postgresql:///db?user=u&sslpassword=*");
	hides("postgresql:///db?PASSWORD=one&password=two", "postgresql:///db?PASSWORD=*&password=*");
}

static void what_holds_none_stays_as_it_is(void **state)
{
	(void)state;
	static const char *const plain[] = { "",
					     "mysql://h:3306/db",
					     "mysql://u@h/db",
					     "mysql://u:@h/db",
					     "--rename=a:b@c=d",
					     "postgresql:///db?user=u",
					     "://" };
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		hides(plain[i], plain[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_becomes_a_star),
		cmocka_unit_test(so_does_one_among_the_parameters),
		cmocka_unit_test(what_holds_none_stays_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
