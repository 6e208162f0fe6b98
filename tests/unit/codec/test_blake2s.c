#include "xfer/codec/blake2s.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

static void is_hex(const char *hex, const uint8_t *data, size_t len, size_t size)
{
	uint8_t out[BLAKE2S_MOST];
	char text[2 * BLAKE2S_MOST + 1];
	blake2s(out, size, data, len);
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(text, hex);
}

static void it_is_what_the_rfc_says(void **state)
{
	(void)state;
	is_hex("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982", (const uint8_t *)"abc", 3,
	       32);
	is_hex("69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9", NULL, 0, 32);
}

/* By another implementation, hashlib's. */
static void blocks_may_be_full_or_not(void **state)
{
	(void)state;
	static const struct {
		size_t len;
		const char *hex;
	} known[] = {
		{ 63, "9abb6019e59a72aa7abec588425169ca905d2443" },
		{ 64, "3605b2f12a513b2d9507b108e132dece14a45c96" },
		{ 65, "eb3570bdb06dddd36cb6cbeeaf8f7bd8b505b8ad" },
		{ 128, "8ccb6103acda99e04b5821eb2cf24c5b358bd6b3" },
		{ 129, "62abe0ac65d5d04a735f2579f0d443f213685f91" },
		{ 255, "d8d10529b755c75c74be6dbdd2ae11d13061d64a" },
		{ 300, "0401237330b320f87b91e9de84500af6cfa40ac3" },
	};
	uint8_t data[300];
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7 + 3);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		is_hex(known[i].hex, data, known[i].len, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_the_rfc_says),
		cmocka_unit_test(blocks_may_be_full_or_not),
	};
	return cmocka_run_group_tests_name("blake2s", tests, NULL, NULL);
}
