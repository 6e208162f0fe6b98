#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xfer/base/size.h"

static void sizes_are_read_as_rsync_reads_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "500", 500 },
		{ "500b", 500 },
		{ "7B", 7 },
		{ "1k", 1024 },
		{ "1K", 1024 },
		{ "1KiB", 1024 },
		{ "1kib", 1024 },
		{ "1KB", 1000 },
		{ "1kb", 1000 },
		{ "2m", 2 << 20 },
		{ "2MB", 2000000 },
		{ "3G", 3ull << 30 },
		{ "3GB", 3000000000 },
		{ "1T", 1ull << 40 },
		{ "1TB", 1000000000000 },
		{ "1P", 1ull << 50 },
		{ "1PB", 1000000000000000 },
		{ "1.5m", 3 << 19 },
		{ "1.5MB", 1500000 },
		{ ".5k", 512 },
		{ "1.", 1 },
		{ "1.9", 1 },
		{ "0.0001k", 0 },
		{ "1k+1", 1025 },
		{ "1k-1", 1023 },
		{ "1KiB-1", 1023 },
		{ "1.5mb-1", 1499999 },
		{ "5+1", 6 },
		{ "18446744073709551615", UINT64_MAX },
		{ "16383P", 16383ull << 50 },
		{ "1.0000000000000000000000000000000001k", 1024 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		uint64_t v = 12345;
		if (size_parse(&v, good[i].text) || v != good[i].bytes)
			fail_msg("%s: %llu", good[i].text, (unsigned long long)v);
	}
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"k",
		"KB",
		".",
		"-1",
		"+1",
		" 1",
		"1 ",
		"8x",
		"1.5mm",
		"1bb",
		"1BiB",
		"1kb+2",
		"1k+",
		"1k+12",
		"1k1",
		"0-1",
		"1e3",
		"0x10",
		"1,5m",
		"16384P",
		"99999P",
		"18446744073709551616",
		"18446744073709551615+1",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		uint64_t v = 12345;
		if (!size_parse(&v, bad[i]))
			fail_msg("\"%s\" was read as %llu", bad[i], (unsigned long long)v);
		assert_int_equal(v, 12345);
	}
}

static void a_rate_is_in_kib_where_it_says_nothing_else(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },	     { "1", 1024 },	 { "1.5", 1536 },
		{ "500", 512000 },   { "500k", 512000 }, { "500KB", 500000 },
		{ "1.5m", 3 << 19 }, { "512b", 512 },	 { "2GB", 2000000000 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		uint64_t v = 12345;
		if (size_parse_rate(&v, good[i].text) || v != good[i].bytes)
			fail_msg("%s: %llu", good[i].text, (unsigned long long)v);
	}
	static const char *const bad[] = { "", "k", "-1", "511b", "0.1", "1x", "1 m", "20000P" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		uint64_t v = 12345;
		if (!size_parse_rate(&v, bad[i]))
			fail_msg("\"%s\" was read as %llu", bad[i], (unsigned long long)v);
		assert_int_equal(v, 12345);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read_as_rsync_reads_them),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(a_rate_is_in_kib_where_it_says_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
