#include "xfer/base/size.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* units of 1000 or 1024, to the power that the letter says; *text stands behind the suffix afterwards */
static int parse_unit(uint64_t *unit, const char **text)
{
	static const char letters[] = "bkmgtp";
	if (!**text || **text == '+' || **text == '-')
		return 0;
	const char *at = memchr(letters, **text | 0x20, sizeof letters - 1);
	if (!at)
		return -EINVAL;
	++*text;
	*unit = 1;

	uint64_t base = 1024;
	if (at != letters && strchr("bB", **text) && **text) {
		base = 1000;
		++*text;
	} else if (at != letters && !strncasecmp(*text, "ib", 2)) {
		*text += 2;
	}
	for (ptrdiff_t power = at - letters; power > 0; power--)
		*unit *= base;
	return 0;
}

/* unit: of a number without a suffix */
static int parse(uint64_t *out, const char *text, uint64_t unit)
{
	__extension__ typedef unsigned __int128 wide;
	enum { FRACTION_DIGITS = 18 }; /* 10^18 units of 1024^5 fit in 128 bits */
	const char *at = text;
	uint64_t whole = 0, fraction = 0, scale = 1;

	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*at - '0'), &whole))
			return -EINVAL;
	size_t digits = (size_t)(at - text);
	if (*at == '.') {
		size_t n = strspn(++at, "0123456789");
		for (size_t i = 0; i < n && i < FRACTION_DIGITS; i++, scale *= 10)
			fraction = fraction * 10 + (uint64_t)(at[i] - '0');
		digits += n;
		at += n;
	}
	if (!digits || parse_unit(&unit, &at))
		return -EINVAL;

	int one = 0;
	if ((*at == '+' || *at == '-') && at[1] == '1') {
		one = *at == '+' ? 1 : -1;
		at += 2;
	}
	wide bytes = (wide)whole * unit + (wide)fraction * unit / scale;
	bytes = one < 0 ? bytes - 1 : bytes + (unsigned)one; /* 0-1 becomes too large */
	if (*at || bytes > UINT64_MAX)
		return -EINVAL;
	*out = (uint64_t)bytes;
	return 0;
}

int size_parse(uint64_t *out, const char *text)
{
	return parse(out, text, 1);
}

int size_parse_rate(uint64_t *out, const char *text)
{
	enum { LEAST = 512 };
	uint64_t v;
	if (parse(&v, text, 1024) || (v && v < LEAST))
		return -EINVAL;
	*out = v;
	return 0;
}
