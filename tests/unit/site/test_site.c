#include "scheduler/site/site.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "scheduler/site/hours.h"

static int64_t utc(const char *text)
{
	struct tm tm = { 0 };
	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return timegm(&tm);
}

/* Reads this text as a file. */
static int read_text(struct site *c, const char *text, struct err *err)
{
	char path[] = "/tmp/config.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	int status = site_read(c, path, err);
	if (status)
		assert_non_null(strstr(err->text, path));
	unlink(path);
	return status;
}

static void refuses(const char *text, const char *wanted)
{
	struct site c;
	struct err err = { 0 };
	assert_int_equal(read_text(&c, text, &err), -EINVAL);
	if (!strstr(err.text, wanted))
		fail_msg("\"%s\" does not say \"%s\"", err.text, wanted);
	site_fini(&c);
}

static void what_it_describes_it_reads_and_these_are_the_defaults(void **state)
{
	(void)state;
	struct buf text;
	struct site c, d;
	struct err err = { 0 };
	buf_init(&text, 1 << 16);
	site_describe(&text);
	buf_u8(&text, 0);
	assert_false(text.failed);
	if (read_text(&c, (const char *)text.data, &err))
		fail_msg("%s", err.text);
	assert_int_equal(site_init(&d, NULL), 0);
	assert_string_equal(c.store, d.store);
	assert_string_equal(c.back, "mon-fri 09:00-17:00");
	assert_string_equal(c.out, "");
	assert_true(c.factor == d.factor && c.files_s == d.files_s && c.hook_limit_s == d.hook_limit_s);
	assert_int_equal(c.most.server, d.most.server);
	assert_int_equal(d.free_days, 14);
	site_fini(&c);
	site_fini(&d);
	buf_fini(&text);
}

static void a_file_changes_what_it_names(void **state)
{
	(void)state;
	struct site c;
	struct err err = { 0 };
	assert_int_equal(
		read_text(&c, "# ours\n[window]\nfactor = 2.25\n[limits]\nall=3\n[hooks]\nfolder = /srv/h\n",
			  &err),
		0);
	assert_true(c.factor == 2.25);
	struct limits l;
	site_limits(&l, &c);
	assert_int_equal(l.all, 3);
	assert_int_equal(l.pair, 1);
	assert_string_equal(c.hooks, "/srv/h");
	site_fini(&c);
	assert_int_equal(site_read(&c, "/nonexistent/scheduler.conf", &err), -ENOENT);
	site_fini(&c);
}

static void what_is_not_known_is_refused(void **state)
{
	(void)state;
	refuses("[window]\nfaktor = 2\n", "[window] faktor: there is no such key");
	refuses("[windows]\nfactor = 2\n", "[windows] factor");
	refuses("factor = 2\n", "group");
	refuses("[window]\nfactor = 0.5\n", "[window] factor: \"0.5\" is no number from 1 to 100");
	refuses("[window]\nfactor = 2 \xe2\x82\xac\n", "no number");
	refuses("[window]\nfactor = nan\n", "no number");
	refuses("[window]\nfactor =\n", "no number");
	refuses("[limits]\nall = 1.5\n", "no whole number");
	refuses("[limits]\nall = -1\n", "no number from 0 to 1000");
	refuses("[hours]\nzone = Europe/Atlantis\n", "Europe/Atlantis");
}

static void hours_that_cannot_be_are_refused_when_the_file_is_read(void **state)
{
	(void)state;
	refuses("[hours]\nback = mon-fri 9-17\n", "[hours] back: \"mon-fri 9-17\"");
	refuses("[hours]\nback = mon-fri 17:00-09:00\n", "no such hours");
	refuses("[hours]\nout = moo 09:00-17:00\n", "[hours] out");
	refuses("[hours]\nout = mon-f 09:00-17:00\n", "[hours] out");
	refuses("[hours]\nout = mon 09:00-24:01\n", "[hours] out");
	refuses("[hours]\nout = mon 09:60-24:00\n", "[hours] out");
	refuses("[hours]\nholidays = 2026-12-25, 2026-02-30\n", "2026-02-30");
	refuses("[hours]\nblackouts = 2026-11-27T00:00Z\n", "[hours] blackouts");
	refuses("[hours]\nblackouts = 2026-11-27T00:00/2026-11-28T00:00\n", "[hours] blackouts");
	refuses("[hours]\nblackouts = 2026-11-28T00:00Z/2026-11-27T00:00Z\n", "ends before it begins");
}

static void holds(const struct calendar *c, const char *at, bool wanted)
{
	assert_int_equal(calendar_holds(c, utc(at), 60), wanted);
}

static void the_way_out_and_the_way_back_have_hours_of_their_own(void **state)
{
	(void)state;
	struct site c;
	struct err err = { 0 };
	struct calendar *out = NULL, *back = NULL;
	assert_int_equal(
		read_text(
			&c,
			"[hours]\nzone = Europe/Paris\nout = sat-mon 22:00-24:00, tue 00:00-06:00\n"
			"holidays = 2026-12-25\nblackouts = 2026-12-28T12:00+01:00/2026-12-28T14:00:30+01:00\n",
			&err),
		0);
	assert_int_equal(site_calendar(&out, &c, "Europe/Paris", false, &err), 0);
	assert_int_equal(site_calendar(&back, &c, "America/New_York", true, &err), 0);
	holds(out, "2026-12-19 21:00", true); /* Saturday */
	holds(out, "2026-12-21 21:59", true); /* Monday */
	holds(out, "2026-12-21 23:30", true); /* Tuesday by its clock */
	holds(out, "2026-12-22 21:00", false);
	holds(out, "2026-12-26 21:00", true); /* holidays are of the way back */
	/* from 9 to 17 in New York, by the campaign's own zone */
	holds(back, "2026-12-24 13:59", false);
	holds(back, "2026-12-24 14:00", true);
	holds(back, "2026-12-25 14:00", false);
	holds(back, "2026-12-28 14:00", true);
	calendar_free(back);
	back = NULL;
	assert_int_equal(site_calendar(&back, &c, "Europe/Paris", true, &err), 0);
	holds(back, "2026-12-28 10:59", true);
	holds(back, "2026-12-28 11:00", false);
	holds(back, "2026-12-28 13:00", false);
	holds(back, "2026-12-28 13:01", true);
	calendar_free(out);
	calendar_free(back);
	site_fini(&c);
}

static void a_moment_has_an_offset(void **state)
{
	(void)state;
	int64_t at;
	assert_int_equal(hours_moment(&at, "2026-11-30T19:10Z"), 0);
	assert_int_equal(at, utc("2026-11-30 19:10"));
	assert_int_equal(hours_moment(&at, "2026-11-30T19:10:07-05:30"), 0);
	assert_int_equal(at, utc("2026-12-01 00:40") + 7);
	static const char *const bad[] = { "",
					   "now",
					   "2026-11-30",
					   "2026-11-30T19:10",
					   "2026-11-31T19:10Z",
					   "2026-11-30T25:10Z",
					   "2026-11-30T19:10Zulu",
					   "19:10Z" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!hours_moment(&at, bad[i]))
			fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_describes_it_reads_and_these_are_the_defaults),
		cmocka_unit_test(a_file_changes_what_it_names),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(hours_that_cannot_be_are_refused_when_the_file_is_read),
		cmocka_unit_test(the_way_out_and_the_way_back_have_hours_of_their_own),
		cmocka_unit_test(a_moment_has_an_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
