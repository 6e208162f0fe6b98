/* buf.h - a growable byte buffer that never grows beyond its limit, and a bounded reader over bytes.
 *
 * The writer is what messages and names are built in; the reader is what bytes from outside are taken
 * apart with: it never reads past its end, and its first failure sticks, so a parser may read a whole
 * record and ask once. Integers are little-endian; varints are LEB128, at most ten bytes.
 * One owner; not shared between threads. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUTO(fini) __attribute__((cleanup(fini)))
#define TAKE(p)                          \
	__extension__({                  \
		__auto_type took_ = (p); \
		(p) = NULL;              \
		took_;                   \
	})

struct buf {
	uint8_t *data;
	size_t len, cap, limit;
	bool failed; /* out of memory, or the limit reached; sticks until buf_clear */
};

void buf_init(struct buf *b, size_t limit);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b);
/* Room for n more bytes at data + len; NULL (and failed) when that is not to be had. */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_bytes(struct buf *b, const void *p, size_t n);
void buf_u8(struct buf *b, uint8_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_varint(struct buf *b, uint64_t v);
void buf_signed(struct buf *b, int64_t v); /* zigzag varint */
/* Length as varint, then the bytes. */
void buf_string(struct buf *b, const void *p, size_t n);

struct reader {
	const uint8_t *at, *end;
	bool failed;
};

struct reader reader_of(const void *p, size_t n);
bool reader_done(const struct reader *r); /* everything read, nothing failed */
uint8_t reader_u8(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
uint64_t reader_varint(struct reader *r);
int64_t reader_signed(struct reader *r);
/* The next n bytes, borrowed from the buffer; NULL when there are fewer. */
const uint8_t *reader_bytes(struct reader *r, size_t n);
/* A string written by buf_string, of at most max bytes; *len is 0 on failure. Not terminated. */
const char *reader_string(struct reader *r, size_t *len, size_t max);
