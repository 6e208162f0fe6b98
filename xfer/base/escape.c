#include "xfer/base/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "xfer/base/err.h"
#include "xfer/base/utf8.h"

enum { ESCAPE = 5 }; /* strlen("\\#ooo") */

static int is_octal(uint8_t c)
{
	return c >= '0' && c <= '7';
}

/* Whether the name itself holds what an escape looks like. */
static int mimics(const uint8_t *p, size_t left)
{
	return left >= ESCAPE && p[0] == '\\' && p[1] == '#' && is_octal(p[2]) && is_octal(p[3]) &&
	       is_octal(p[4]);
}

/* Length of the character at p when it may be shown as it is; 0 when its first byte must be escaped. */
static size_t shown(const uint8_t *p, size_t left)
{
	uint32_t point;
	size_t n = utf8_next(p, left, &point);
	return n && utf8_is_shown(point) && !mimics(p, left) ? n : 0;
}

char *escape_name(char *out, size_t cap, const char *name, size_t len)
{
	static const char dots[] = "...";
	const uint8_t *p = (const uint8_t *)name;
	size_t o = 0, dots_at = 0; /* the last place where the dots would still fit */

	CHECK(cap > 0);
	for (size_t i = 0; i < len;) {
		size_t n = shown(p + i, len - i);
		if (o + sizeof dots <= cap)
			dots_at = o;
		if (o + (n ? n : ESCAPE) >= cap) {
			snprintf(out + dots_at, cap - dots_at, "%s", dots);
			return out;
		}
		if (n)
			memcpy(out + o, p + i, n);
		else
			snprintf(out + o, cap - o, "\\#%03o", p[i]);
		o += n ? n : ESCAPE;
		i += n ? n : 1;
	}
	out[o] = '\0';
	return out;
}
