#include "xfer/base/buf.h"

#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .limit = b->limit };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

/* Makes the buffer at least need bytes large; at most its limit. */
static bool grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 256;
	while (cap < need && cap <= b->limit / 2)
		cap *= 2;
	if (cap < need || cap > b->limit)
		cap = b->limit;
	uint8_t *p = realloc(b->data, cap ? cap : 1);
	if (!p)
		return false;
	b->data = p;
	b->cap = cap;
	return true;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
	if (b->failed || n > b->limit - b->len) {
		b->failed = true;
		return NULL;
	}
	/* no data yet: room for nothing is room all the same, not a failure */
	if ((!b->data || b->len + n > b->cap) && !grow(b, b->len + n)) {
		b->failed = true;
		return NULL;
	}
	return b->data + b->len;
}

void buf_bytes(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_reserve(b, n);
	if (!to || !n)
		return;
	memcpy(to, p, n);
	b->len += n;
}

void buf_u8(struct buf *b, uint8_t v)
{
	buf_bytes(b, &v, 1);
}

void buf_u32(struct buf *b, uint32_t v)
{
	uint8_t le[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
	buf_bytes(b, le, sizeof le);
}

void buf_u64(struct buf *b, uint64_t v)
{
	buf_u32(b, (uint32_t)v);
	buf_u32(b, (uint32_t)(v >> 32));
}

void buf_varint(struct buf *b, uint64_t v)
{
	uint8_t out[10];
	size_t n = 0;
	do {
		out[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
	buf_bytes(b, out, n);
}

void buf_signed(struct buf *b, int64_t v)
{
	buf_varint(b, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

void buf_string(struct buf *b, const void *p, size_t n)
{
	buf_varint(b, n);
	buf_bytes(b, p, n);
}

struct reader reader_of(const void *p, size_t n)
{
	return (struct reader){ .at = p, .end = n ? (const uint8_t *)p + n : p }; /* nothing may be NULL */
}

bool reader_done(const struct reader *r)
{
	return !r->failed && r->at == r->end;
}

const uint8_t *reader_bytes(struct reader *r, size_t n)
{
	if (r->failed || n > (size_t)(r->end - r->at)) {
		r->failed = true;
		return NULL;
	}
	const uint8_t *p = r->at;
	r->at += n;
	return p;
}

uint8_t reader_u8(struct reader *r)
{
	const uint8_t *p = reader_bytes(r, 1);
	return p ? *p : 0;
}

uint32_t reader_u32(struct reader *r)
{
	const uint8_t *p = reader_bytes(r, 4);
	if (!p)
		return 0;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t reader_u64(struct reader *r)
{
	uint64_t low = reader_u32(r), high = reader_u32(r);
	return r->failed ? 0 : low | high << 32;
}

uint64_t reader_varint(struct reader *r)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = reader_u8(r);
		if (r->failed)
			return 0;
		if (shift == 63 && byte > 1)
			break; /* would not fit in 64 bits */
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	r->failed = true;
	return 0;
}

int64_t reader_signed(struct reader *r)
{
	uint64_t v = reader_varint(r);
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

const char *reader_string(struct reader *r, size_t *len, size_t max)
{
	uint64_t n = reader_varint(r);
	*len = 0;
	if (r->failed || n > max) {
		r->failed = true;
		return NULL;
	}
	const uint8_t *p = reader_bytes(r, (size_t)n);
	if (p)
		*len = (size_t)n;
	return (const char *)p;
}
