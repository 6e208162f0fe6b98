#include "xfer/tree/signature.h"

#include <errno.h>
#include <stdlib.h>

static int get_kept(struct signature *s, struct reader *r)
{
	s->kept = reader_varint(r);
	uint64_t chunks = s->kept / HASH_CHUNK;
	/* the hashes must be there before room is made for them */
	if (r->failed || s->kept % HASH_CHUNK || chunks > (uint64_t)(r->end - r->at) / 8)
		return -EPROTO;
	if (!chunks)
		return 0;
	s->kept_hash = malloc(chunks * sizeof *s->kept_hash);
	if (!s->kept_hash)
		return -ENOMEM;
	for (uint64_t i = 0; i < chunks; i++)
		s->kept_hash[i] = reader_u64(r);
	return 0;
}

static int get_old(struct signature *s, struct reader *r)
{
	s->old.size = reader_varint(r);
	if (r->failed || !s->old.size)
		return r->failed ? -EPROTO : 0;
	s->old.block = reader_u32(r);
	if (r->failed || s->old.block < DELTA_BLOCK_LEAST || s->old.block > DELTA_BLOCK_MOST)
		return -EPROTO;
	uint64_t count = s->old.size / s->old.block + (s->old.size % s->old.block != 0);
	if (count > DELTA_BLOCKS_MAX || count > (uint64_t)(r->end - r->at) / 12)
		return -EPROTO;
	s->old.blocks = s->blocks = malloc(count * sizeof *s->blocks);
	if (!s->blocks)
		return -ENOMEM;
	for (uint64_t i = 0; i < count; i++) {
		s->blocks[i].weak = reader_u32(r);
		s->blocks[i].strong = reader_u64(r);
	}
	return 0;
}

int signature_get(struct signature *out, const void *bytes, size_t len)
{
	struct reader r = reader_of(bytes, len);
	*out = (struct signature){ .old.seed = reader_u64(&r) };
	int code = get_kept(out, &r);
	if (code == 0)
		code = get_old(out, &r);
	if (code == 0 && !reader_done(&r))
		code = -EPROTO;
	if (code < 0)
		signature_fini(out);
	return code;
}

void signature_fini(struct signature *s)
{
	free(s->kept_hash);
	free(s->blocks);
	*s = (struct signature){ 0 };
}
