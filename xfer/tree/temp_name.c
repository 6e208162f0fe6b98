#include "xfer/tree/temp_name.h"

#include <stdint.h>
#include <string.h>

#include "xfer/codec/blake2s.h"

enum { HASH = 20, PREFIX = 6, LEN = TEMP_NAME_SIZE - 1, EARLIER_LEN = PREFIX + 16 };
static const char prefix[] = ".xfer-";
static const char digits[] = "0123456789abcdef";

void temp_name(char out[static TEMP_NAME_SIZE], const char *name, size_t len)
{
	uint8_t hash[HASH];
	blake2s(hash, HASH, name, len);
	memcpy(out, prefix, PREFIX);
	for (size_t i = 0; i < HASH; i++) {
		out[PREFIX + 2 * i] = digits[hash[i] >> 4];
		out[PREFIX + 2 * i + 1] = digits[hash[i] & 15];
	}
	out[LEN] = '\0';
}

bool temp_name_is(const char *name, size_t len)
{
	if ((len != LEN && len != EARLIER_LEN) || memcmp(name, prefix, PREFIX) != 0)
		return false;
	for (size_t i = PREFIX; i < len; i++)
		if (!name[i] || !strchr(digits, name[i]))
			return false;
	return true;
}
