#include "xfer/cli/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *text, *host, *user, *path; /* path NULL: refused */
} table[] = {
	/* here */
	{ "dir", NULL, NULL, "dir" },
	{ "/a/b:c", NULL, NULL, "/a/b:c" },
	{ "./a:b", NULL, NULL, "./a:b" },
	{ "a/b:c", NULL, NULL, "a/b:c" },
	{ "-x", NULL, NULL, "-x" },
	{ "a@b", NULL, NULL, "a@b" },
	{ "a@b/c:d", NULL, NULL, "a@b/c:d" },
	{ "[dir]", NULL, NULL, "[dir]" },
	{ "/[::1]:x", NULL, NULL, "/[::1]:x" },
	{ "x/a@[::1]:y", NULL, NULL, "x/a@[::1]:y" },
	/* there */
	{ "host:dir", "host", NULL, "dir" },
	{ "host:/dir/", "host", NULL, "/dir/" },
	{ "host:", "host", NULL, "." },
	{ "host:a:b", "host", NULL, "a:b" },
	{ "host:a::b", "host", NULL, "a::b" },
	{ "host:-x", "host", NULL, "-x" },
	{ "me@host:dir", "host", "me", "dir" },
	{ "me@host:a@b", "host", "me", "a@b" },
	{ "me@corp@host:x", "host", "me@corp", "x" },
	{ "[::1]:dir", "::1", NULL, "dir" },
	{ "[::1]:", "::1", NULL, "." },
	{ "[fe80::1%eth0]:/x", "fe80::1%eth0", NULL, "/x" },
	{ "me@[::1]:dir/[x]:y", "::1", "me", "dir/[x]:y" },
	{ "[host]:x", "host", NULL, "x" },
	/* not at all */
	{ "", NULL, NULL, NULL },
	{ ":x", NULL, NULL, NULL },
	{ "::x", NULL, NULL, NULL },
	{ "host::module", NULL, NULL, NULL },
	{ "me@host::module", NULL, NULL, NULL },
	{ "[::1]::module", NULL, NULL, NULL },
	{ "rsync://host/x", NULL, NULL, NULL },
	{ "xfer://host/x", NULL, NULL, NULL },
	{ "-oProxyCommand=x:y", NULL, NULL, NULL },
	{ "me@-oProxyCommand=x:y", NULL, NULL, NULL },
	{ "-me@host:y", NULL, NULL, NULL },
	{ "[-oProxyCommand=x]:y", NULL, NULL, NULL },
	{ "me@[-x]:y", NULL, NULL, NULL },
	{ "@host:y", NULL, NULL, NULL },
	{ "me@:y", NULL, NULL, NULL },
	{ "[]:y", NULL, NULL, NULL },
};

static void same_text(const char *text, const char *want, const char *got)
{
	if (want ? !got || strcmp(want, got) != 0 : got != NULL)
		fail_msg("%s: %s instead of %s", text, got ? got : "nothing", want ? want : "nothing");
}

static void an_endpoint_is_here_or_there_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct endpoint e;
		struct err err = { 0 };
		int r = endpoint_parse(&e, table[i].text, &err);
		if (r != (table[i].path ? 0 : -EINVAL))
			fail_msg("%s: %d %s", table[i].text, r, err.text);
		same_text(table[i].text, table[i].host, e.host);
		same_text(table[i].text, table[i].user, e.user);
		same_text(table[i].text, table[i].path, e.path);
		if (r < 0 && *table[i].text)
			assert_non_null(strstr(err.text, table[i].text));
		endpoint_fini(&e);
		assert_null(e.path);
		endpoint_fini(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_endpoint_is_here_or_there_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
