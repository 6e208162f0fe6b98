#include "xfer/base/utf8.h"

/* How long the sequence that begins with this byte is; 0 when none begins with it. */
static size_t announced(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

size_t utf8_next(const void *bytes, size_t left, uint32_t *point)
{
	/* the smallest code point that needs so many bytes */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = bytes;
	if (!left)
		return 0;
	size_t n = announced(p[0]);
	if (!n || n > left)
		return 0;
	uint32_t v = n == 1 ? p[0] : p[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*point = v;
	return n;
}

bool utf8_is_shown(uint32_t v)
{
	if (v < 0x20 || (v >= 0x7f && v < 0xa0))
		return false;
	/* direction: a name must not rewrite what stands beside it */
	if (v == 0x061c || v == 0x200e || v == 0x200f || (v >= 0x2028 && v <= 0x202e) ||
	    (v >= 0x2066 && v <= 0x2069))
		return false;
	return true;
}
