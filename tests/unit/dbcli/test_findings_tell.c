#include "dbdump/cli/findings_tell.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

static void fill(struct findings *f)
{
	assert_int_equal(findings_add(f, SEVERITY_NOTE, "event",
				      (struct finding_text){ "event a.e\x1b[2J", "it is disabled",
							     "enable it" }),
			 0);
	assert_int_equal(findings_add(f, SEVERITY_CERTAIN, "engine",
				      (struct finding_text){ "table a.\"t\xff", "no \"CSV\" there",
							     "install it" }),
			 0);
	assert_int_equal(findings_unseen(f, "disk", "who knows"), 0);
	assert_int_equal(findings_sort(f), 0);
}

static void programs_get_an_array_worst_first(void **state)
{
	struct findings f = { 0 };
	struct event e;
	int fd[2];
	char line[2048] = "";
	(void)state;
	assert_int_equal(pipe(fd), 0);
	event_init(&e, fd[1]);
	fill(&f);
	event_begin(&e, "report");
	findings_event(&e, &f);
	assert_int_equal(event_end(&e), 0);
	assert_true(read(fd[0], line, sizeof line - 1) > 0);
	assert_non_null(strstr(
		line,
		"\"counts\":{\"certain\":1,\"likely\":0,\"note\":1},"
		"\"findings\":[{\"severity\":\"certain\",\"code\":\"engine\",\"object\":\"table a.\\\"t\\ufffd\",\"object_bytes\":"));
	assert_non_null(strstr(
		line,
		"\"reason\":\"no \\\"CSV\\\" there\",\"remedy\":\"install it\"},{\"severity\":\"note\""));
	assert_non_null(strstr(line, "\"unseen\":[{\"what\":\"disk: who knows\"}]"));
	event_fini(&e);
	findings_fini(&f);
	close(fd[0]);
	close(fd[1]);
}

static void people_get_a_headline_and_no_raw_names(void **state)
{
	struct findings f = { 0 };
	struct line l;
	int fd[2];
	char text[2048] = "";
	(void)state;
	assert_int_equal(pipe(fd), 0);
	line_init(&l, fd[1], 0);
	fill(&f);
	findings_text(&l, &f);
	assert_int_equal(line_end(&l), 0);
	assert_true(read(fd[0], text, sizeof text - 1) > 0);
	assert_ptr_equal(strstr(text, "NOT READY: 1 certain to fail, 1 note\n  certain  engine "), text);
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "-> enable it\n  not looked at: disk: who knows\n"));
	line_fini(&l);
	findings_fini(&f);
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_get_an_array_worst_first),
		cmocka_unit_test(people_get_a_headline_and_no_raw_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
