#include "xfer/cli/output.h"

#include "tests/unit/cli/output_desk.h"

static void some_items(struct output *out)
{
	char *src[] = { "from/", EVIL };
	output_start(out, src, 2, "host:to");
	output_item(out, ">f+++++++++", "plain", 5, NULL);
	output_item(out, "cL+++++++++", "link", 4, " -> " EVIL);
	output_item(out, "hf+++++++++", "same", 4, " => plain");
	output_item(out, ">f+++++++++", EVIL, sizeof EVIL - 1, NULL);
	output_item(out, "*deleting  ", "gone", 4, NULL);
}

static void nothing_is_shown_unless_asked_for_but_all_is_logged(void **state)
{
	struct desk *d = *state;
	some_items(start(d, "sync"));
	finish(d);
	assert_string_equal(d->text[OUT], "");
	assert_string_equal(d->text[ERR], "");
	assert_has(d->text[LOG], "] sync: from/ " EVIL_SHOWN " => host:to\n");
	assert_has(d->text[LOG], "] >f+++++++++ plain\n");
	assert_has(d->text[LOG], "] >f+++++++++ " EVIL_SHOWN "\n");
	assert_has(d->text[LOG], "] *deleting   gone\n");
	assert_clean(d);
}

static void verbose_shows_names(void **state)
{
	struct desk *d = *state;
	d->o.verbose = 1;
	some_items(start(d, "sync"));
	finish(d);
	assert_string_equal(d->text[OUT],
			    "plain\nlink -> " EVIL_SHOWN "\nsame => plain\n" EVIL_SHOWN "\ndeleting gone\n");
}

static void itemize_shows_codes(void **state)
{
	struct desk *d = *state;
	d->o.itemize = true;
	some_items(start(d, "sync"));
	finish(d);
	assert_string_equal(d->text[OUT],
			    ">f+++++++++ plain\ncL+++++++++ link -> " EVIL_SHOWN
			    "\nhf+++++++++ same => plain\n>f+++++++++ " EVIL_SHOWN "\n*deleting   gone\n");
}

static void json_has_items_only_when_asked_for(void **state)
{
	struct desk *d = *state;
	d->o.json = true;
	some_items(start(d, "sync"));
	finish(d);
	assert_int_equal(count(d->text[OUT], "\n"), 1);
	assert_has(d->text[OUT], "{\"event\":\"start\",");
	assert_has(d->text[OUT], "\"sources\":[{\"path\":\"from/\"},{\"path\":");
	assert_has(d->text[OUT], "\"destination\":{\"path\":\"host:to\"}}");
	assert_clean(d);
}

static void json_items_hold_the_bytes(void **state)
{
	struct desk *d = *state;
	d->o.json = d->o.itemize = true;
	some_items(start(d, "sync"));
	finish(d);
	assert_int_equal(count(d->text[OUT], "\n"), 6);
	assert_has(d->text[OUT], "\"change\":\">f+++++++++\"," EVIL_JSON "}\n");
	assert_has(d->text[OUT], "\"link\":\"a\\u001b[2J");
	assert_has(d->text[OUT], "\"link_bytes\":\"61");
	assert_has(d->text[OUT], "\"hard_link\":\"plain\"}");
	assert_clean(d);
}

static void failures_and_warnings_are_told_everywhere(void **state)
{
	struct desk *d = *state;
	d->o.json = d->o.quiet = true;
	struct output *out = start(d, "sync");
	output_failure(out, EVIL, sizeof EVIL - 1, "open: Permission denied", EACCES);
	output_failure(out, "dir/", 4, "dir: cannot be read", -EIO);
	output_failure(out, "", 0, "the connection was lost", ECONNRESET);
	output_warning(out, "watch " EVIL);
	finish(d);
	assert_string_equal(d->text[ERR], "xfer: error: " EVIL_SHOWN ": open: Permission denied\n"
					  "xfer: error: dir: cannot be read\n"
					  "xfer: error: the connection was lost\n"
					  "xfer: warning: watch " EVIL_SHOWN "\n");
	assert_has(d->text[LOG], "] error: " EVIL_SHOWN ": open: Permission denied\n");
	assert_has(d->text[LOG], "] warning: watch " EVIL_SHOWN "\n");
	assert_has(d->text[OUT], EVIL_JSON ",\"error\":\"open: Permission denied\",\"errno\":13}\n");
	assert_has(d->text[OUT], "\"item\":\"dir/\",\"error\":\"dir: cannot be read\",\"errno\":5}\n");
	assert_has(d->text[OUT], "\"event\":\"warning\"");
	assert_clean(d);
}

static void a_thousand_failures_are_kept_and_the_rest_counted(void **state)
{
	struct desk *d = *state;
	struct report r = { .exit = EXIT_PARTIAL };
	d->o.json = true;
	struct output *out = start(d, "sync");
	for (int i = 0; i < OUTPUT_FAILURES + 7; i++)
		output_failure(out, EVIL, sizeof EVIL - 1, "x", EIO);
	output_report(out, &r);
	finish(d);
	const char *last = strstr(d->text[OUT], "{\"event\":\"report\"");
	assert_non_null(last);
	assert_int_equal(count(last, EVIL_JSON ",\"error\":\"x\",\"errno\":5}"), OUTPUT_FAILURES);
	assert_has(last, "],\"failures_total\":1007}\n");
}

static void long_failures_are_bounded_by_their_bytes(void **state)
{
	struct desk *d = *state;
	struct report r = { .exit = EXIT_PARTIAL };
	size_t len = OUTPUT_FAILURE_BYTES / 16;
	char *name = malloc(len);
	assert_non_null(name);
	memset(name, 1, len);
	d->o.json = true;
	d->o.log_file = NULL;
	struct output *out = start(d, "sync");
	for (int i = 0; i < 20; i++)
		output_failure(out, name, len, "x", EIO);
	int rc = output_report(out, &r);
	finish(d);
	free(name);
	assert_int_equal(rc, 0);
}

static void events_go_where_json_fd_says(void **state)
{
	struct desk *d = *state;
	int ends[2];
	char text[4096] = "";
	struct report r = good_report();
	assert_int_equal(pipe(ends), 0);
	d->o.json = true;
	d->o.verbose = 1;
	d->o.json_fd = ends[1];
	struct output *out = start(d, "sync");
	output_item(out, ">f+++++++++", "plain", 5, NULL);
	output_report(out, &r);
	finish(d);
	assert_true(read(ends[0], text, sizeof text - 1) > 0);
	assert_has(text, "\"item\":\"plain\"");
	assert_has(text, "\"event\":\"report\"");
	assert_string_equal(d->text[OUT], "");
	close(ends[0]);
	close(ends[1]);
}

static void a_descriptor_or_log_that_cannot_be_written_is_an_error(void **state)
{
	struct desk *d = *state;
	struct err err;
	struct output *out = NULL;
	d->o.json = true;
	d->o.json_fd = 987;
	assert_int_equal(output_open(&out, &d->o, "sync", &err), -EBADF);
	assert_has(err.text, "--json-fd 987");
	d->o.json_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(output_open(&out, &d->o, "sync", &err), -EBADF);
	close(d->o.json_fd);
	d->o.json_fd = -1;
	d->o.log_file = "/nonexistent/log";
	assert_int_equal(output_open(&out, &d->o, "sync", &err), -ENOENT);
	assert_has(err.text, "/nonexistent/log");
	assert_null(out);
}

static void a_log_is_private_and_appended_to(void **state)
{
	struct desk *d = *state;
	struct stat st;
	assert_int_equal(pwrite(d->fd[LOG], "before\n", 7, 0), 7);
	some_items(start(d, "sync"));
	finish(d);
	assert_memory_equal(d->text[LOG], "before\n", 7);
	assert_int_equal(count(d->text[LOG], "\n"), 7);

	unlink(d->log_path);
	struct output *out = start(d, "sync");
	output_warning(out, "x");
	finish(d);
	assert_int_equal(stat(d->log_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_reader_that_left_ends_nothing(void **state)
{
	struct desk *d = *state;
	int ends[2];
	struct report r = good_report();
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	dup2(ends[1], d->fd[OUT]);
	close(ends[1]);
	d->o.verbose = 1;
	struct output *out = start(d, "sync");
	for (int i = 0; i < 10000; i++)
		output_item(out, ">f+++++++++", "plain", 5, NULL);
	int before = output_failed(out);
	int rc = output_report(out, &r);
	output_close(out);
	for (int i = OUT; i <= ERR; i++) {
		dup2(d->saved[i], i + 1);
		close(d->saved[i]);
	}
	assert_int_equal(before, -EPIPE);
	assert_int_equal(rc, -EPIPE);
	/* the log is complete all the same */
	struct stat st;
	assert_int_equal(stat(d->log_path, &st), 0);
	assert_true(st.st_size > 10000 * 30);
}

static void progress_limits_itself(void **state)
{
	struct desk *d = *state;
	struct progress p = { .phase = "transfer", .done_items = 1, .total_items = 3, .total_known = true };
	d->o.json = true;
	struct output *out = start(d, "sync");
	for (int i = 0; i < 1000; i++)
		output_progress(out, &p);
	finish(d);
	assert_in_range(count(d->text[OUT], "\n"), 1, 10);
	assert_has(d->text[OUT],
		   "\"phase\":\"transfer\",\"done_bytes\":0,\"total_bytes\":0,\"done_items\":1,"
		   "\"total_items\":3,\"total_known\":true,\"bytes_per_s\":0,\"eta_s\":null}\n");
	assert_string_equal(d->text[ERR], "");
}

static void a_phase_ends_with_its_last_progress(void **state)
{
	struct desk *d = *state;
	struct progress p = { .phase = "transfer", .total_bytes = 1000 };
	d->o.json = true;
	struct output *out = start(d, "sync");
	for (; p.done_bytes < 1000; p.done_bytes++)
		output_progress(out, &p);
	output_progress(out, &p);
	p = (struct progress){ .phase = "verify", .total_bytes = 1000, .done_bytes = 1 };
	output_progress(out, &p);
	p.done_bytes = 1000;
	output_progress(out, &p);
	output_report(out, &(struct report){ .exit = EXIT_OK });
	finish(d);
	assert_has(d->text[OUT], "\"phase\":\"transfer\",\"done_bytes\":1000,");
	assert_has(d->text[OUT], "\"phase\":\"verify\",\"done_bytes\":1000,");
	assert_true(strstr(d->text[OUT], "\"verify\"") > strstr(d->text[OUT], "\"done_bytes\":1000,"));
}

static void progress_without_a_terminal_is_lines_and_only_when_asked_for(void **state)
{
	struct desk *d = *state;
	struct progress p = {
		.phase = "transfer", .done_bytes = 5000, .total_bytes = 10000, .total_known = true
	};
	output_progress(start(d, "sync"), &p);
	finish(d);
	assert_string_equal(d->text[ERR], "");
	d->o.progress = true;
	output_progress(start(d, "sync"), &p);
	finish(d);
	assert_string_equal(d->text[ERR], "transfer:  50%  5.00kB of 10.00kB  0 of 0 items  0B/s\n");
	assert_string_equal(d->text[OUT], "");
}

static void progress_brings_held_lines_out(void **state)
{
	struct desk *d = *state;
	struct progress p = { .phase = "transfer" };
	char early[64] = "";
	d->o.verbose = 1;
	struct output *out = start(d, "sync");
	output_item(out, ">f+++++++++", "plain", 5, NULL);
	output_progress(out, &p);
	ssize_t n = pread(d->fd[OUT], early, sizeof early - 1, 0);
	finish(d);
	assert_int_equal(n, 6);
	assert_string_equal(early, "plain\n");
}

static void a_listing_looks_like_rsyncs(void **state)
{
	struct desk *d = *state;
	setenv("TZ", "UTC", 1);
	tzset();
	struct output *out = start(d, "sync");
	output_list(out, S_IFDIR | 0755, 4096, 1795391661, "name", 4, NULL);
	output_list(out, S_IFREG | 06711, 1234567, 0, EVIL, sizeof EVIL - 1, NULL);
	output_list(out, S_IFLNK | 0777, 3, 0, "link", 4, EVIL);
	output_list(out, S_IFDIR | 01776, UINT64_MAX, INT64_MAX, "end", 3, NULL);
	finish(d);
	assert_string_equal(d->text[OUT],
			    "drwxr-xr-x          4,096 2026/11/22 23:54:21 name\n"
			    "-rws--s--x      1,234,567 1970/01/01 00:00:00 " EVIL_SHOWN "\n"
			    "lrwxrwxrwx              3 1970/01/01 00:00:00 link -> " EVIL_SHOWN "\n"
			    "drwxrwxrwT 18,446,744,073,709,551,615 @9223372036854775807 end\n");
	assert_clean(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(nothing_is_shown_unless_asked_for_but_all_is_logged),
		DESK(verbose_shows_names),
		DESK(itemize_shows_codes),
		DESK(json_has_items_only_when_asked_for),
		DESK(json_items_hold_the_bytes),
		DESK(failures_and_warnings_are_told_everywhere),
		DESK(a_thousand_failures_are_kept_and_the_rest_counted),
		DESK(long_failures_are_bounded_by_their_bytes),
		DESK(events_go_where_json_fd_says),
		DESK(a_descriptor_or_log_that_cannot_be_written_is_an_error),
		DESK(a_log_is_private_and_appended_to),
		DESK(a_reader_that_left_ends_nothing),
		DESK(progress_limits_itself),
		DESK(a_phase_ends_with_its_last_progress),
		DESK(progress_without_a_terminal_is_lines_and_only_when_asked_for),
		DESK(progress_brings_held_lines_out),
		DESK(a_listing_looks_like_rsyncs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
