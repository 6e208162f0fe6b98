/* Names as they are shown: whatever bytes they have, what reaches a terminal is UTF-8 without controls, what reaches a
 * JSON line is JSON, and both can be turned back into the bytes. */
#include "tests/fuzz/fuzz.h"

#include "xfer/base/escape.h"
#include "xfer/base/event.h"
#include "xfer/base/utf8.h"

static void is_shown(const char *text, size_t len)
{
	uint32_t point;
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_next(text + i, len - i, &point);
		CHECK(n > 0 && utf8_is_shown(point));
	}
}

static bool is_octal(const char *p)
{
	for (int i = 0; i < 3; i++)
		if (p[i] < '0' || p[i] > '7')
			return false;
	return true;
}

/* Undoes escape_name. Returns the length. */
static size_t unescape(uint8_t *out, const char *text)
{
	size_t n = 0;
	while (*text) {
		if (text[0] == '\\' && text[1] == '#' && is_octal(text + 2)) {
			out[n++] = (uint8_t)((text[2] - '0') * 64 + (text[3] - '0') * 8 + text[4] - '0');
			text += 5;
		} else {
			out[n++] = (uint8_t)*text++;
		}
	}
	return n;
}

static void on_terminal(const uint8_t *data, size_t size)
{
	size_t room = 5 * size + 1;
	AUTO(fuzz_freep) char *whole = malloc(room), *cut = malloc(size + 1);
	AUTO(fuzz_freep) uint8_t *back = malloc(room);
	CHECK(whole && cut && back);
	escape_name(whole, room, (const char *)data, size);
	is_shown(whole, strlen(whole));
	CHECK(unescape(back, whole) == size && !memcmp(back, data, size));
	size_t cap = 1 + (size ? data[0] % size : 0);
	CHECK(escape_name(cut, cap, (const char *)data, size) == cut && strlen(cut) < cap);
	is_shown(cut, strlen(cut));
}

static unsigned hex_digit(uint8_t c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = memchr(digits, c, 16);
	CHECK(at);
	return (unsigned)(at - digits);
}

/* Undoes a JSON string that begins at *at; the characters that it escapes are below U+0800 or U+2000 to U+FFFF. */
static size_t take_string(const uint8_t **at, uint8_t *out)
{
	const uint8_t *p = *at;
	size_t n = 0;
	CHECK(*p++ == '"');
	while (*p != '"') {
		CHECK(*p >= ' ');
		if (*p != '\\') {
			out[n++] = *p++;
			continue;
		}
		p++;
		if (*p == 'u') {
			unsigned u = hex_digit(p[1]) << 12 | hex_digit(p[2]) << 8 | hex_digit(p[3]) << 4 |
				     hex_digit(p[4]);
			p += 5;
			if (u >= 0x800)
				out[n++] = (uint8_t)(0xe0 | u >> 12);
			if (u >= 0x80)
				out[n++] = (uint8_t)(u >= 0x800 ? 0x80 | (u >> 6 & 63) : 0xc0 | u >> 6);
			out[n++] = (uint8_t)(u >= 0x80 ? 0x80 | (u & 63) : u);
			continue;
		}
		CHECK(*p == '"' || *p == '\\' || *p == 'n' || *p == 't');
		out[n++] = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
		p++;
	}
	*at = p + 1;
	return n;
}

static const uint8_t *expect(const uint8_t *at, const char *text)
{
	CHECK(!memcmp(at, text, strlen(text)));
	return at + strlen(text);
}

static void in_json(const uint8_t *data, size_t size)
{
	struct event e;
	AUTO(fuzz_freep) uint8_t *value = malloc(6 * size + 1), *hex = malloc(2 * size + 1);
	CHECK(value && hex);
	event_init(&e, -1);
	event_begin(&e, "x");
	size_t before = e.line.text.len;
	event_string(&e, "k", data, size);
	buf_u8(&e.line.text, 0);
	const uint8_t *at = expect(e.line.text.data + before, ",\"k\":");
	is_shown((const char *)at, strlen((const char *)at));
	size_t n = take_string(&at, value);
	if (*at) {
		at = expect(at, ",\"k_bytes\":");
		CHECK(take_string(&at, hex) == 2 * size);
		for (n = 0; n < size; n++)
			value[n] = (uint8_t)(hex_digit(hex[2 * n]) << 4 | hex_digit(hex[2 * n + 1]));
	}
	CHECK(!*at && n == size && !memcmp(value, data, size));
	event_fini(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	on_terminal(data, size);
	in_json(data, size);
	return 0;
}
