#include "xfer/tree/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xfer/tree/meta.h"

static const struct {
	char what;
	mode_t mode;
	bool created;
	int diff;
	bool times;
	const char *code;
} table[] = {
	{ 62, S_IFREG, true, 0, true, ">f+++++++++" },
	{ 60, S_IFREG, true, 255, true, "<f+++++++++" },
	{ 99, S_IFDIR, true, 0, true, "cd+++++++++" },
	{ 99, S_IFLNK, true, 0, true, "cL+++++++++" },
	{ 104, S_IFREG, false, 0, true, "hf........." },
	{ 46, S_IFREG, false, 0, true, ".f........." },
	{ 62, S_IFREG, false, DIFF_CONTENT, true, ">fc........" },
	{ 62, S_IFREG, false, DIFF_SIZE, true, ">f.s......." },
	{ 62, S_IFREG, false, DIFF_TIME, true, ">f..t......" },
	{ 62, S_IFREG, false, DIFF_TIME, false, ">f..T......" },
	{ 46, S_IFDIR, false, DIFF_PERMS, true, ".d...p....." },
	{ 46, S_IFREG, false, DIFF_OWNER, true, ".f....o...." },
	{ 46, S_IFREG, false, DIFF_GROUP, true, ".f.....g..." },
	{ 46, S_IFREG, false, DIFF_ACL, true, ".f.......a." },
	{ 46, S_IFREG, false, DIFF_XATTR, true, ".f........x" },
	{ 62, S_IFREG, false, 255, true, ">fcstpog.ax" },
	{ 99, S_IFCHR, false, 0, true, "cD........." },
	{ 99, S_IFBLK, false, 0, true, "cD........." },
	{ 99, S_IFIFO, false, 0, true, "cS........." },
	{ 99, S_IFSOCK, false, 0, false, "cS........." },
};

static void a_code_says_what_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char code[CHANGE_SIZE];
		change_code(code, table[i].what, table[i].mode | 0644, table[i].created, table[i].diff,
			    table[i].times);
		assert_string_equal(code, table[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_says_what_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
