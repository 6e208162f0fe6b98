#include "dbdump/archive/payload.h"

#include <errno.h>

#include "xfer/base/err.h"
#include "xfer/codec/compress.h"

int payload_init(struct payload *p)
{
	*p = (struct payload){ .compressor = compressor_new(PAYLOAD_LEVEL) };
	buf_init(&p->stored, RECORD_MOST);
	return p->compressor && buf_reserve(&p->stored, RECORD_MOST) ? 0 : -ENOMEM;
}

void payload_fini(struct payload *p)
{
	compressor_free(p->compressor);
	buf_fini(&p->stored);
	*p = (struct payload){ 0 };
}

void payload_pack(struct payload *p, struct record *r, const uint8_t *raw, size_t len)
{
	CHECK(len <= RECORD_MOST);
	size_t packed = compressor_pack(p->compressor, p->stored.data, RECORD_MOST, raw, len);
	p->bytes = packed ? p->stored.data : raw;
	r->flags = (uint8_t)((r->flags & ~RECORD_PACKED) | (packed ? RECORD_PACKED : 0));
	r->raw = (uint32_t)len;
	r->stored = (uint32_t)(packed ? packed : len);
	r->payload = hash_of(p->bytes, r->stored);
}

int payload_unpack(struct payload *p, const struct record *r, struct buf *out)
{
	struct digest hash = hash_of(p->stored.data, r->stored);
	if (!digest_equal(&hash, &r->payload))
		return -EBADMSG;
	uint8_t *to = buf_reserve(out, r->raw);
	if (!to)
		return -ENOMEM;
	if (!(r->flags & RECORD_PACKED))
		buf_bytes(out, p->stored.data, r->stored);
	else if (compressor_unpack(p->compressor, to, r->raw, p->stored.data, r->stored) != r->raw)
		return -EBADMSG;
	else
		out->len += r->raw;
	return out->failed ? -ENOMEM : 0;
}
