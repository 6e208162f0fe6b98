#include "xfer/tree/temp_name.h"

#include <string.h>

#include "xfer/codec/hash.h"

static const char prefix[] = ".xfer-";
static const char digits[] = "0123456789abcdef";

void temp_name(char out[static TEMP_NAME_SIZE], const char *name, size_t len)
{
	struct digest d = hash_of(name, len);
	size_t at = sizeof prefix - 1;
	memcpy(out, prefix, at);
	for (int i = 0; i < 8; i++) {
		out[at++] = digits[d.byte[i] >> 4];
		out[at++] = digits[d.byte[i] & 15];
	}
	out[at] = '\0';
}

bool temp_name_is(const char *name, size_t len)
{
	if (len != TEMP_NAME_SIZE - 1 || memcmp(name, prefix, sizeof prefix - 1) != 0)
		return false;
	for (size_t i = sizeof prefix - 1; i < len; i++)
		if (!strchr(digits, name[i]))
			return false;
	return true;
}
