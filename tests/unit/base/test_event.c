#include "xfer/base/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/base/utf8.h"

/* An event writer on a temporary file, and what stands in there. */
struct desk {
	struct event e;
	int fd;
	char text[1 << 16];
};

static int desk_open(void **state)
{
	struct desk *d = calloc(1, sizeof *d);
	char path[] = "/tmp/test_event.XXXXXX";
	if (!d || (d->fd = mkstemp(path)) < 0)
		return -1;
	unlink(path);
	event_init(&d->e, d->fd);
	*state = d;
	return 0;
}

static int desk_close(void **state)
{
	struct desk *d = *state;
	event_fini(&d->e);
	close(d->fd);
	free(d);
	return 0;
}

/* The one line written since the last call, without what every event begins with. */
static const char *line(struct desk *d)
{
	ssize_t n = pread(d->fd, d->text, sizeof d->text - 1, 0);
	assert_true(n > 0);
	d->text[n] = '\0';
	assert_int_equal(ftruncate(d->fd, 0), 0);
	lseek(d->fd, 0, SEEK_SET);
	assert_ptr_equal(strchr(d->text, '\n'), d->text + n - 1);
	d->text[n - 1] = '\0';
	const char *time = strstr(d->text, "\"time\":\"");
	assert_non_null(time);
	assert_int_equal(time[8 + 24], '"');
	return time + 8 + 25;
}

static void an_event_says_its_name_and_the_time(void **state)
{
	struct desk *d = *state;
	event_begin(&d->e, "start");
	assert_int_equal(event_end(&d->e), 0);
	assert_string_equal(line(d), "}");
	const char *head = "{\"event\":\"start\",\"time\":\"20";
	assert_memory_equal(d->text, head, strlen(head));
	assert_string_equal(d->text + strlen(d->text) - 3, "Z\"}");
}

static void values_nest(void **state)
{
	struct desk *d = *state;
	struct event *e = &d->e;
	event_begin(e, "x");
	event_u64(e, "u", UINT64_MAX);
	event_open(e, "o");
	event_close(e);
	event_open_array(e, "a");
	event_i64(e, NULL, INT64_MIN);
	event_open(e, NULL);
	event_bool(e, "t", true);
	event_bool(e, "f", false);
	event_close(e);
	event_open_array(e, NULL);
	event_close(e);
	event_null(e, NULL);
	event_close(e);
	event_text(e, "none", NULL);
	event_hex(e, "h", "\x00\xff\x1a", 3);
	assert_int_equal(event_end(e), 0);
	assert_string_equal(line(d), ",\"u\":18446744073709551615,\"o\":{},\"a\":[-9223372036854775808,"
				     "{\"t\":true,\"f\":false},[],null],\"none\":null,\"h\":\"00ff1a\"}");
}

static void strings_are_escaped_and_kept(void **state)
{
	struct desk *d = *state;
	static const char bytes[] =
		"q\" b\\ \n\t\r\033\0\177 \xc3\xa9 \xf0\x9f\x98\x80 \xc2\x9b \xe2\x80\xae";
	event_begin(&d->e, "x");
	event_string(&d->e, "s", bytes, sizeof bytes - 1);
	event_end(&d->e);
	assert_string_equal(
		line(d), ",\"s\":\"q\\\" b\\\\ \\n\\t\\u000d\\u001b\\u0000\\u007f \xc3\xa9 \xf0\x9f\x98\x80 "
			 "\\u009b \\u202e\"}");
}

static void broken_bytes_are_said_twice(void **state)
{
	struct desk *d = *state;
	event_begin(&d->e, "x");
	event_text(&d->e, "item", "caf\xe9");
	event_text(&d->e, "good", "caf\xef\xbf\xbd"); /* a true U+FFFD is no broken byte */
	event_open_array(&d->e, "list");
	event_text(&d->e, NULL, "\xff");
	event_close(&d->e);
	event_end(&d->e);
	assert_string_equal(
		line(d), ",\"item\":\"caf\\ufffd\",\"item_bytes\":\"636166e9\",\"good\":\"caf\xef\xbf\xbd\","
			 "\"list\":[\"\\ufffd\"]}");
}

/* No raw control, nothing that is not UTF-8, and quotes only where they belong. */
static void assert_clean(const char *s)
{
	for (size_t left = strlen(s), n; left; left -= n, s += n) {
		uint32_t point;
		n = utf8_next(s, left, &point);
		assert_true(n && utf8_is_shown(point));
	}
}

static void every_pair_of_bytes_makes_a_clean_line(void **state)
{
	struct desk *d = *state;
	/* a row of pairs a line, to keep the writes few */
	for (unsigned high = 0; high < 256; high++) {
		event_begin(&d->e, "x");
		for (unsigned low = 0; low < 256; low++) {
			char pair[] = { (char)high, (char)low };
			event_string(&d->e, "p", pair, 2);
		}
		assert_int_equal(event_end(&d->e), 0);
		assert_clean(line(d));
	}
}

static void assert_double(struct desk *d, double v, const char *expected)
{
	char want[80];
	event_begin(&d->e, "x");
	event_double(&d->e, "v", v);
	event_end(&d->e);
	snprintf(want, sizeof want, ",\"v\":%s}", expected);
	assert_string_equal(line(d), want);
}

static void doubles_are_json(void **state)
{
	struct desk *d = *state;
	assert_double(d, 0, "0");
	assert_double(d, 0.1, "0.1");
	assert_double(d, -12.25, "-12.25");
	assert_double(d, 1e300, "1e+300");
	assert_double(d, 1.0 / 3, "0.33333333333333331");
	assert_double(d, NAN, "null");
	assert_double(d, INFINITY, "null");
}

static void doubles_do_not_follow_the_locale(void **state)
{
	struct desk *d = *state;
	if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "ps_AF.UTF-8"))
		skip();
	assert_double(d, 12.5, "12.5");
	assert_double(d, 1.0 / 3, "0.33333333333333331");
	setlocale(LC_NUMERIC, "C");
}

static void a_line_beyond_the_limit_is_dropped_whole(void **state)
{
	struct desk *d = *state;
	size_t size = LINE_LIMIT;
	char *large = malloc(size);
	assert_non_null(large);
	memset(large, 'x', size);
	event_begin(&d->e, "x");
	event_string(&d->e, "s", large, size);
	assert_int_equal(event_end(&d->e), -EMSGSIZE);
	free(large);
	event_begin(&d->e, "x");
	assert_int_equal(event_end(&d->e), 0);
	assert_string_equal(line(d), "}");
}

static void a_reader_that_left_silences_the_writer(void **state)
{
	(void)state;
	int ends[2];
	struct event e;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	event_init(&e, ends[1]);
	event_begin(&e, "x");
	assert_int_equal(event_end(&e), 0);
	close(ends[0]);
	event_begin(&e, "x");
	assert_int_equal(event_end(&e), -EPIPE);
	/* and for good, even where the next write would succeed */
	assert_int_equal(dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), ends[1]), ends[1]);
	event_begin(&e, "x");
	assert_int_equal(event_end(&e), -EPIPE);
	event_fini(&e);
	close(ends[1]);
}

static void time_is_rfc_3339(void **state)
{
	(void)state;
	char text[CLOCK_TEXT];
	assert_string_equal(clock_format(text, (struct timespec){ 0, 0 }), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(text, (struct timespec){ 1795391661, 123999999 }),
			    "2026-11-22T23:54:21.123Z");
	assert_string_equal(clock_format(text, (struct timespec){ -1, 500000000 }),
			    "1969-12-31T23:59:59.500Z");
	assert_string_equal(clock_format(text, (struct timespec){ INT64_MAX, 0 }),
			    "9999-12-31T23:59:59.999Z");
	assert_string_equal(clock_format(text, (struct timespec){ INT64_MIN, 0 }),
			    "0000-01-01T00:00:00.000Z");
	uint64_t before = clock_now();
	assert_true(clock_now() >= before);
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(an_event_says_its_name_and_the_time),
		DESK(values_nest),
		DESK(strings_are_escaped_and_kept),
		DESK(broken_bytes_are_said_twice),
		DESK(every_pair_of_bytes_makes_a_clean_line),
		DESK(doubles_are_json),
		DESK(doubles_do_not_follow_the_locale),
		DESK(a_line_beyond_the_limit_is_dropped_whole),
		cmocka_unit_test(a_reader_that_left_silences_the_writer),
		cmocka_unit_test(time_is_rfc_3339),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
