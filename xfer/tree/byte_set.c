#include "xfer/tree/byte_set.h"

#include <string.h>

static void add_range(struct byte_set *set, uint8_t low, uint8_t high)
{
	for (unsigned c = low; c <= high; c++)
		set->bits[c >> 6] |= UINT64_C(1) << (c & 63);
}

void byte_set_remove(struct byte_set *set, char c)
{
	set->bits[(uint8_t)c >> 6] &= ~(UINT64_C(1) << ((uint8_t)c & 63));
}

/* The POSIX classes, as pairs of first and last byte. ASCII only: what a name matches must not depend on
 * the locale of the host that looks. */
static const struct byte_class {
	const char *name, *ranges;
} classes[] = {
	{ "alnum", "09AZaz" },	 { "alpha", "AZaz" },
	{ "blank", "\t\t  " },	 { "cntrl", "\001\037\177\177" },
	{ "digit", "09" },	 { "graph", "!~" },
	{ "lower", "az" },	 { "print", " ~" },
	{ "punct", "!/:@[`{~" }, { "space", "\t\r  " },
	{ "upper", "AZ" },	 { "xdigit", "09AFaf" },
};

static bool add_class(struct byte_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0)
			continue;
		for (const char *r = classes[i].ranges; *r; r += 2)
			add_range(set, (uint8_t)r[0], (uint8_t)r[1]);
		return true;
	}
	return false;
}

struct cursor {
	const char *p;
	size_t len, at;
	int previous; /* the byte a '-' would make a range from, -1 when there is none */
};

static char peek(const struct cursor *c, size_t ahead)
{
	return c->at + ahead < c->len ? c->p[c->at + ahead] : '\0';
}

/* "[:name:]" at the cursor. Returns 1 when taken, 0 when it is not one, -1 when the name is unknown. */
static int take_class(struct byte_set *set, struct cursor *c)
{
	if (peek(c, 0) != '[' || peek(c, 1) != ':')
		return 0;
	size_t name = c->at + 2;
	const char *close = memchr(c->p + name, ']', c->len - name);
	if (!close)
		return -1;
	size_t end = (size_t)(close - c->p);
	if (end == name || c->p[end - 1] != ':')
		return 0;
	if (!add_class(set, c->p + name, end - 1 - name))
		return -1;
	c->at = end + 1;
	c->previous = -1;
	return 1;
}

/* One byte, escaped or not; -1 at the end. */
static int take_byte(struct cursor *c)
{
	if (peek(c, 0) == '\\')
		c->at++;
	if (c->at >= c->len)
		return -1;
	return (uint8_t)c->p[c->at++];
}

/* One member: a class, the end of a range, or a byte. False when the set is malformed. */
static bool take_member(struct byte_set *set, struct cursor *c)
{
	int took = take_class(set, c);
	if (took != 0)
		return took > 0;

	bool range = peek(c, 0) == '-' && c->previous >= 0 && peek(c, 1) != '\0' && peek(c, 1) != ']';
	if (range)
		c->at++;
	int byte = take_byte(c);
	if (byte < 0)
		return false;
	if (range && c->previous <= byte)
		add_range(set, (uint8_t)c->previous, (uint8_t)byte);
	if (!range)
		add_range(set, (uint8_t)byte, (uint8_t)byte);
	c->previous = range ? -1 : byte;
	return true;
}

size_t byte_set_parse(struct byte_set *set, const char *p, size_t len)
{
	struct cursor c = { .p = p, .len = len, .at = 1, .previous = -1 };
	*set = (struct byte_set){ { 0 } };

	bool negated = peek(&c, 0) == '!' || peek(&c, 0) == '^';
	if (negated)
		c.at++;
	/* a ']' in first place is a member */
	do {
		if (!take_member(set, &c))
			return 0;
	} while (peek(&c, 0) != ']');

	for (size_t i = 0; negated && i < 4; i++)
		set->bits[i] = ~set->bits[i];
	return c.at + 1;
}
