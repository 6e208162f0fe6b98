#include "xfer/wire/frame.h"

#include <errno.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static void put_le(uint8_t *to, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get_le(const uint8_t *from, int bytes)
{
	uint64_t v = 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint64_t)from[i] << (8 * i);
	return v;
}

static uint32_t head_hash(const uint8_t *head)
{
	return (uint32_t)XXH3_64bits(head, 16);
}

static uint32_t payload_hash(uint32_t head, const uint8_t *payload, size_t len)
{
	return (uint32_t)XXH3_64bits_withSeed(payload, len, head);
}

void frame_pack(uint8_t head[static FRAME_HEAD], const struct frame *f)
{
	put_le(head, f->len, 4);
	put_le(head + 4, f->type, 2);
	put_le(head + 6, f->chan, 2);
	put_le(head + 8, f->offset, 8);
	uint32_t h = head_hash(head);
	put_le(head + 16, h, 4);
	put_le(head + 20, payload_hash(h, f->data, f->len), 4);
}

ssize_t frame_parse(struct frame *out, const uint8_t *buf, size_t len)
{
	if (len < 8)
		return 0;
	uint64_t n = get_le(buf, 4);
	uint16_t type = (uint16_t)get_le(buf + 4, 2);
	unsigned plain = type & ~(unsigned)FRAME_PACKED;
	/* judged before the rest has come: garbage is not waited for */
	if (n > FRAME_MAX || plain == 0 || plain >= FRAME_TYPES)
		return -EBADMSG;
	if (len < FRAME_HEAD)
		return 0;
	uint32_t h = head_hash(buf);
	if (get_le(buf + 16, 4) != h)
		return -EBADMSG;
	if (len < FRAME_HEAD + n)
		return 0;

	const uint8_t *payload = buf + FRAME_HEAD;
	if (get_le(buf + 20, 4) != payload_hash(h, payload, n))
		return -EBADMSG;
	*out = (struct frame){
		.type = type,
		.chan = (uint16_t)get_le(buf + 6, 2),
		.offset = get_le(buf + 8, 8),
		.data = payload,
		.len = (uint32_t)n,
	};
	return (ssize_t)(FRAME_HEAD + n);
}
