/* What --safe-links keeps. As rsync, but judged strictly by the rule in link_target.h: rsync also refuses "../.." and
 * "./../x" where they stay inside. */
#include "xfer/tree/link_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *target, *path;
	bool safe;
} table[] = {
	{ "", "link", false },
	{ "/", "link", false },
	{ "/etc/passwd", "a/b/link", false },
	{ "file", "link", true },
	{ "dir/file", "link", true },
	{ "./file", "link", true },
	{ ".", "link", true },
	{ "..", "link", false },
	{ "..", "a/link", true },
	{ "../", "link", false },
	{ "../file", "link", false },
	{ "../file", "a/link", true },
	{ "..//file", "a/link", true },
	{ "../../file", "a/link", false },
	{ "../../file", "a/b/link", true },
	{ "../..", "a/b/link", true },
	{ "../../..", "a/b/link", false },
	{ "./../file", "link", false },
	{ ".//./../file", "a/link", true },
	{ "dir/../file", "a/b/link", false },
	{ "../dir/../file", "a/b/link", false },
	{ "dir/..", "a/b/link", false },
	{ "dir/.", "link", true },
	{ "...", "link", true },
	{ ".../../x", "a/link", false },
	{ "..x", "link", true },
	{ "..x/y", "link", true },
	{ ".x/..", "a/link", false },
	{ "dir//", "link", true },
	{ "dir//..", "a/link", false },
};

static void a_target_is_safe_when_it_cannot_leave_the_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (link_is_safe(table[i].target, table[i].path) != table[i].safe)
			fail_msg("%s at %s", table[i].target, table[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_safe_when_it_cannot_leave_the_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
