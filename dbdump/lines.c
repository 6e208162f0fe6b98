#include "dbdump/lines.h"

#include <string.h>

static bool is_special(uint8_t c)
{
	return c == '\\' || c == '\n' || c == '\t';
}

/* A word at a time, is any of its bytes this one? */
static uint64_t has_byte(uint64_t word, uint8_t c)
{
	const uint64_t ones = 0x0101010101010101ull;
	uint64_t x = word ^ (ones * c);
	return (x - ones) & ~x & (ones * 0x80);
}

static const uint8_t *skip_plain(const uint8_t *at, const uint8_t *end)
{
	for (uint64_t word; end - at >= 8; at += 8) {
		memcpy(&word, at, 8);
		if (has_byte(word, '\\') | has_byte(word, '\n') | has_byte(word, '\t'))
			break;
	}
	while (at < end && !is_special(*at))
		at++;
	return at;
}

/* MariaDB's rows have the first three, and NULL. */
static bool is_escaped(uint8_t c)
{
	return c && strchr("\\ntrbfvN", c);
}

bool lines_are_rows(const uint8_t *lines, size_t len, size_t columns)
{
	const uint8_t *end = lines + len;
	size_t tabs = 0, wanted = columns ? columns - 1 : 0;
	if (len && end[-1] != '\n')
		return false;
	while ((lines = skip_plain(lines, end)) < end) {
		uint8_t c = *lines++;
		if (c == '\\' && !is_escaped(*lines++)) /* (there is a newline at least) */
			return false;
		if (c == '\n' && tabs != wanted)
			return false;
		tabs = c == '\t' ? tabs + 1 : c == '\n' ? 0 : tabs;
	}
	return true;
}
