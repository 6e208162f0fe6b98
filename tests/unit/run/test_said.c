#include "scheduler/run/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/event.h"

struct ear {
	struct said said;
	struct child_news news;
	size_t events;
};

static void count(void *arg, const json_t *event)
{
	struct ear *e = arg;
	assert_true(json_is_object(event));
	e->events++;
}

static struct ear *listen_with(int log_fd)
{
	struct ear *e = calloc(1, sizeof *e);
	assert_non_null(e);
	const struct child_spec spec = { .hear = count, .arg = e, .log_fd = log_fd };
	said_init(&e->said, &e->news, &spec);
	return e;
}

static struct ear *ear(void)
{
	return listen_with(-1);
}

static void ear_freep(struct ear **e)
{
	said_fini(&(*e)->said);
	free(*e);
}

static bool hear(struct ear *e, const char *text)
{
	return said_out(&e->said, text, strlen(text));
}

static const char *why(struct ear *e)
{
	static char text[CHILD_TEXT];
	return said_why(&e->said, text) ? text : NULL;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

static void events_survive_any_split(void **state)
{
	(void)state;
	static const char text[] = "{\"event\":\"progress\",\"done_bytes\":5,\"total_bytes\":10}\n"
				   "\r\n{\"event\":\"warning\",\"text\":\"a\\nb\"}\r\n"
				   "{\"event\":\"report\",\"ok\":true}";
	for (size_t cut = 0; cut < sizeof text; cut++) {
		AUTO(ear_freep) struct ear *e = ear();
		said_out(&e->said, text, cut);
		said_out(&e->said, text + cut, sizeof text - 1 - cut);
		assert_false(e->news.reported);
		assert_true(said_end(&e->said));
		assert_int_equal(e->events, 3);
		assert_true(near(e->news.fraction, 0.5) && e->news.reported && e->news.warnings == 1);
		assert_string_equal(e->news.warning, "a\\#012b");
		assert_false(said_end(&e->said));
	}
}

static void progress_is_told_by_the_last_event_alone(void **state)
{
	(void)state;
	static const struct {
		const char *members;
		double fraction, eta;
		uint64_t done, total;
	} cases[] = {
		{ "\"done_bytes\":1,\"total_bytes\":4,\"done_items\":9,\"total_items\":9,\"eta_s\":3", 0.25,
		  3, 1, 4 },
		{ "\"done_bytes\":0,\"total_bytes\":0,\"done_items\":1,\"total_items\":2,\"eta_s\":null", 0.5,
		  NAN, 0, 0 },
		{ "\"done_items\":3,\"total_items\":4,\"eta_s\":0.5", 0.75, 0.5, 0, 0 },
		{ "\"done_bytes\":1,\"total_bytes\":4,\"total_known\":false", NAN, NAN, 1, 4 },
		{ "\"done_bytes\":1,\"total_bytes\":4,\"total_known\":true", 0.25, NAN, 1, 4 },
		{ "\"phase\":\"lock\"", NAN, NAN, 0, 0 },
		{ "\"done_bytes\":9,\"total_bytes\":4", 1, NAN, 9, 4 },
		{ "\"done_bytes\":-9,\"total_bytes\":4,\"eta_s\":-1", NAN, NAN, 0, 4 },
		{ "\"done_bytes\":-9,\"total_bytes\":-4", NAN, NAN, 0, 0 },
		{ "\"done_bytes\":\"1\",\"total_bytes\":[4],\"eta_s\":{}", NAN, NAN, 0, 0 },
		{ "\"done_bytes\":9223372036854775807,\"total_bytes\":18446744073709551615", 0.5, NAN,
		  UINT64_C(1) << 63, UINT64_MAX },
		{ "\"done_bytes\":1e300,\"total_bytes\":1e301", 0.1, NAN, UINT64_MAX, UINT64_MAX },
		{ "\"done_bytes\":123456789012345678901234567890,\"total_bytes\":246913578024691357802469135780",
		  0.5, NAN, UINT64_MAX, UINT64_MAX },
	};
	AUTO(ear_freep) struct ear *e = ear();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[512];
		snprintf(line, sizeof line, "{\"event\":\"progress\",%s}\n", cases[i].members);
		assert_true(hear(e, line));
		const struct child_news *n = &e->news;
		assert_true(isnan(cases[i].fraction) ? isnan(n->fraction)
						     : near(n->fraction, cases[i].fraction));
		assert_true(isnan(cases[i].eta) ? isnan(n->eta_s) : near(n->eta_s, cases[i].eta));
		assert_int_equal(n->done_bytes, cases[i].done);
		assert_int_equal(n->total_bytes, cases[i].total);
		assert_int_equal(n->warnings, 0);
	}
}

/* What is no event is warned of once, and what comes behind it is heard. */
static void strange(const char *p, size_t n)
{
	AUTO(ear_freep) struct ear *e = ear();
	assert_true(said_out(&e->said, p, n));
	said_out(&e->said, "\n", 1);
	said_out(&e->said, p, n);
	assert_false(said_out(&e->said, "\n", 1));
	assert_int_equal(e->events, 0);
	assert_int_equal(e->news.warnings, 1);
	assert_non_null(strstr(e->news.warning, "it says what is no event: "));
	hear(e, "{\"event\":\"report\"}\n");
	assert_true(e->news.reported && e->events == 1);
}

static void what_is_no_event_is_warned_of_once(void **state)
{
	(void)state;
#define STRANGE(text)                  \
	{                              \
		text "\n", sizeof text \
	}
	static const struct {
		const char *text;
		size_t n;
	} cases[] = {
		STRANGE("Restarting service..."),
		STRANGE("\0\0\0"),
		STRANGE("[{\"event\":\"report\"}]"),
		STRANGE("\"event\""),
		STRANGE("7"),
		STRANGE("{}"),
		STRANGE("{\"event\":7}"),
		STRANGE("{\"event\":\"report\""),
		STRANGE("{\"event\":\"report\"} {\"event\":\"report\"}"),
		STRANGE("{\"event\":\"report\",\"x\":\"\xff\xfe\"}"),
		STRANGE("{\"event\":\"report\",\"x\":\"\xed\xa0\x80\"}"),
		STRANGE("{\"event\":\"report\",\"x\":NaN}"),
		STRANGE("{\"event\":\"report\",\"x\":1e999}"),
		STRANGE("{\"event\":\"report\"\0}"),
		STRANGE("\x1b[2J\x1b]0;owned\a"),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		strange(cases[i].text, cases[i].n);
	enum { DEEP = 50000 };
	char *deep = malloc(DEEP);
	assert_non_null(deep);
	memset(deep, '[', DEEP - 1);
	deep[DEEP - 1] = '\n';
	strange(deep, DEEP);
	memcpy(deep, "{\"event\":\"report\",\"x\":", 22);
	strange(deep, DEEP);
	free(deep);
}

static void what_is_shown_obeys_nothing(void **state)
{
	(void)state;
	AUTO(ear_freep) struct ear *e = ear();
	said_out(&e->said, "\x1b[2J\xff\n", 6);
	assert_string_equal(e->news.warning, "it says what is no event: \\#033[2J\\#377");
	hear(e, "{\"event\":\"warning\",\"text\":\"a\\u001b[2J\\u202e\\u0000z\"}\n");
	assert_string_equal(e->news.warning, "a\\#033[2J\\#342\\#200\\#256\\#000z");
}

/* As event.h writes it, which is what the programs use. */
static void names_of_any_bytes_are_told_as_they_are(void **state)
{
	(void)state;
	char line[1024];
	int fd = memfd_create("events", MFD_CLOEXEC);
	struct event out;
	event_init(&out, fd);
	event_begin(&out, "failure");
	event_string(&out, "item", "caf\xe9/\n", 6);
	event_text(&out, "error", "No such file");
	event_end(&out);
	event_fini(&out);
	ssize_t n = pread(fd, line, sizeof line, 0);
	close(fd);
	AUTO(ear_freep) struct ear *e = ear();
	assert_null(why(e));
	assert_true(said_out(&e->said, line, (size_t)n));
	assert_string_equal(why(e), "caf\\#351/\\#012: No such file");
	/* what is not hexadecimal is not there */
	hear(e, "{\"event\":\"failure\",\"item\":\"x\",\"item_bytes\":\"6z\"}\n");
	assert_string_equal(why(e), "x");
	hear(e, "{\"event\":\"failure\",\"error\":\"y\",\"error_bytes\":[]}\n");
	assert_string_equal(why(e), "y");
}

static void what_ended_the_run_is_the_cause_before_what_failed_in_it(void **state)
{
	(void)state;
	AUTO(ear_freep) struct ear *e = ear();
	hear(e, "{\"event\":\"report\",\"ok\":true,\"reason\":\"none\"}\n");
	assert_true(!why(e) && !e->said.refused);
	hear(e, "{\"event\":\"report\",\"ok\":false,\"reason\":\"\",\"meaning\":\"broken\"}\n");
	assert_string_equal(why(e), "broken");
	hear(e, "{\"event\":\"report\",\"ok\":false,\"error\":\"worse\",\"meaning\":\"broken\"}\n");
	assert_string_equal(why(e), "worse");
	hear(e, "{\"event\":\"failure\",\"item\":\"a\",\"error\":\"b\"}\n");
	assert_string_equal(why(e), "a: b");
	hear(e, "{\"event\":\"report\",\"ok\":false,\"reason\":\"the link was lost\",\"error\":\"worse\"}\n");
	assert_string_equal(why(e), "the link was lost");
	assert_int_equal(e->events, 5);
}

static void a_report_that_was_not_ok_is_not_taken_back(void **state)
{
	(void)state;
	static const char *const values[] = { "false", "null", "0", "\"true\"", "1" };
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		char line[128];
		AUTO(ear_freep) struct ear *e = ear();
		snprintf(line, sizeof line, "{\"event\":\"report\",\"ok\":%s}\n", values[i]);
		hear(e, "{\"event\":\"report\"}\n{\"event\":\"report\",\"ok\":true}\n");
		assert_false(e->said.refused);
		hear(e, line);
		hear(e, "{\"event\":\"report\",\"ok\":true,\"n\":2}\n");
		assert_true(e->said.refused);
		assert_int_equal(json_integer_value(json_object_get(e->news.report, "n")), 2);
	}
}

static void long_names_leave_room_for_the_reason(void **state)
{
	(void)state;
	char line[4096], name[1024];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	snprintf(line, sizeof line,
		 "{\"event\":\"failure\",\"item\":\"%s\",\"error\":\"No space left on device\"}\n", name);
	AUTO(ear_freep) struct ear *e = ear();
	hear(e, line);
	const char *end = strstr(why(e), "...: No space left on device");
	assert_true(end && strlen(end) == 28);
}

static void memory_is_bounded_whatever_comes(void **state)
{
	(void)state;
	enum { PIECE = 1 << 16, TOTAL = 100 << 20 };
	char *piece = malloc(PIECE);
	assert_non_null(piece);
	memset(piece, 'x', PIECE);
	AUTO(ear_freep) struct ear *e = ear();
	size_t most = 0;
	for (size_t n = 0; n < TOTAL; n += PIECE) {
		said_out(&e->said, piece, PIECE);
		said_error(&e->said, piece, PIECE);
		const size_t held = e->said.out.begun.cap + e->said.error.begun.cap;
		most = held > most ? held : most;
	}
	assert_true(most <= SAID_LINE + SAID_ERROR_LINE);
	/* a long line's memory is given back as soon as it is known to be too long */
	assert_true(e->said.out.begun.cap <= PIECE);
	assert_int_equal(e->news.warnings, 1);
	assert_string_equal(e->news.warning, "it says a line that is too long; the line is ignored");
	/* the end of the long line is no line */
	hear(e, "{\"event\":\"report\"}\n");
	assert_int_equal(e->events, 0);
	hear(e, "{\"event\":\"report\"}\n");
	assert_int_equal(e->events, 1);
	said_error(&e->said, "\nlast\n", 6);
	assert_string_equal(e->said.last_words, "last");
	free(piece);
}

/* "[{},{},...": three bytes each, that would become 250. */
static void many_values(size_t count, bool heard)
{
	struct buf b;
	buf_init(&b, SAID_LINE);
	buf_bytes(&b, "{\"event\":\"report\",\"x\":[", 23);
	for (size_t i = 0; i < count; i++)
		buf_bytes(&b, i ? ",{}" : " {}", 3);
	buf_bytes(&b, "]}\n", 3);
	assert_false(b.failed);
	AUTO(ear_freep) struct ear *e = ear();
	said_out(&e->said, (const char *)b.data, b.len);
	assert_int_equal(e->events, heard);
	assert_int_equal(e->news.warnings, !heard);
	buf_fini(&b);
}

static void a_line_of_too_many_values_is_not_parsed(void **state)
{
	(void)state;
	many_values(SAID_VALUES / 2 - 10, true);
	many_values(SAID_VALUES / 2 + 10, false);
	/* in a string, behind a quote of its own, they are none */
	char *text = malloc(2 * SAID_VALUES);
	assert_non_null(text);
	memset(text, ',', 2 * SAID_VALUES);
	memcpy(text, "{\"event\":\"report\",\"x\":\"\\\"", 25);
	memcpy(text + 2 * SAID_VALUES - 3, "\"}\n", 3);
	AUTO(ear_freep) struct ear *e = ear();
	said_out(&e->said, text, 2 * SAID_VALUES);
	assert_int_equal(e->events, 1);
	free(text);
}

/* As long a report as xfer makes: 1 MiB of names, none of which is UTF-8, and each byte a comma or a quote or a bracket is no value. */
static void the_longest_report_is_heard(void **state)
{
	(void)state;
	enum { ITEMS = 1000, NAME = 1048 };
	char name[NAME];
	int fd = memfd_create("events", MFD_CLOEXEC);
	struct event out;
	for (size_t i = 0; i < NAME; i++)
		name[i] = i % 8 ? '\xff' : ",[{\"\\"[i / 8 % 5];
	event_init(&out, fd);
	event_begin(&out, "report");
	event_bool(&out, "ok", false);
	event_open_array(&out, "failures");
	for (size_t i = 0; i < ITEMS; i++) {
		event_open(&out, NULL);
		event_string(&out, "item", name, sizeof name);
		event_close(&out);
	}
	event_close(&out);
	assert_int_equal(event_end(&out), 0);
	event_fini(&out);
	const size_t n = (size_t)lseek(fd, 0, SEEK_END);
	char *text = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	assert_true(text != MAP_FAILED && n > 7 << 20);
	AUTO(ear_freep) struct ear *e = ear();
	assert_true(said_out(&e->said, text, n));
	assert_int_equal(json_array_size(json_object_get(e->news.report, "failures")), ITEMS);
	munmap(text, n);
}

static void the_log_has_whole_lines_and_an_end(void **state)
{
	(void)state;
	enum { LINE = 1 << 20 };
	char *text = malloc(LINE);
	char got[64];
	assert_non_null(text);
	memset(text, ' ', LINE);
	text[LINE - 1] = '\n';
	int fd = memfd_create("log", MFD_CLOEXEC);
	AUTO(ear_freep) struct ear *e = listen_with(fd);
	said_error(&e->said, "half", 4);
	said_out(&e->said, "out\n", 4);
	said_error(&e->said, "-done\n", 6);
	assert_int_equal(pread(fd, got, sizeof got, 0), 14);
	assert_memory_equal(got, "out\nhalf-done\n", 14);
	for (size_t n = 0; n < SAID_LOG + 10 * (size_t)LINE; n += LINE)
		said_out(&e->said, text, LINE);
	const off_t end = lseek(fd, 0, SEEK_END);
	assert_true(end <= SAID_LOG + 100);
	assert_int_equal(pread(fd, got, 26, end - 26), 26);
	assert_memory_equal(got, "\n(the rest is not logged)\n", 26);
	close(fd);
	free(text);
}

static void a_log_that_cannot_be_written_is_warned_of_once(void **state)
{
	(void)state;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	AUTO(ear_freep) struct ear *e = listen_with(fd);
	assert_true(hear(e, "{\"event\":\"report\"}\n"));
	hear(e, "{\"event\":\"item\"}\n");
	assert_int_equal(e->events, 2);
	assert_int_equal(e->news.warnings, 1);
	assert_string_equal(e->news.warning, "the log of what it says cannot be written");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_survive_any_split),
		cmocka_unit_test(progress_is_told_by_the_last_event_alone),
		cmocka_unit_test(what_is_no_event_is_warned_of_once),
		cmocka_unit_test(what_is_shown_obeys_nothing),
		cmocka_unit_test(names_of_any_bytes_are_told_as_they_are),
		cmocka_unit_test(what_ended_the_run_is_the_cause_before_what_failed_in_it),
		cmocka_unit_test(a_report_that_was_not_ok_is_not_taken_back),
		cmocka_unit_test(long_names_leave_room_for_the_reason),
		cmocka_unit_test(memory_is_bounded_whatever_comes),
		cmocka_unit_test(a_line_of_too_many_values_is_not_parsed),
		cmocka_unit_test(the_longest_report_is_heard),
		cmocka_unit_test(the_log_has_whole_lines_and_an_end),
		cmocka_unit_test(a_log_that_cannot_be_written_is_warned_of_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
