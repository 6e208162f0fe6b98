/* What a receiver has of a file (BASE), and the scan by it: whatever the blocks are said to be, the scan gives the whole new
 * content in order, from inside the old version or as it is; and where the blocks are an old version's, what it gives is
 * the new content.
 *
 *   input = varint length, signature, old and new content */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/tree/signature.h"

enum { MOST = 4096, BLOCK_MOST = 64 };

struct scan {
	const uint8_t *old, *now; /* old NULL: only its size is known */
	uint64_t old_size, at;
	size_t len;
};

static int on_copy(void *ctx, uint64_t from, uint64_t len)
{
	struct scan *s = ctx;
	CHECK(len && from <= s->old_size && len <= s->old_size - from && len <= s->len - s->at);
	CHECK(!s->old || !memcmp(s->old + from, s->now + s->at, len));
	s->at += len;
	return 0;
}

static int on_fresh(void *ctx, const void *data, size_t len)
{
	struct scan *s = ctx;
	CHECK(len && len <= 1 << 20 && len <= s->len - s->at && !memcmp(data, s->now + s->at, len));
	s->at += len;
	return 0;
}

/* In pieces, as they come from a disk. */
static void scan(struct scan *s, const struct delta_base *base, size_t piece)
{
	const struct delta_target target = { on_copy, on_fresh, s };
	struct delta *d;
	CHECK(delta_new(&d, base, &target) == 0);
	delta_seek(d, 0);
	for (size_t at = 0; at < s->len; at += piece)
		CHECK(delta_feed(d, s->now + at, s->len - at < piece ? s->len - at : piece) == 0);
	CHECK(delta_end(d) == 0 && s->at == s->len);
	delta_free(d);
}

static void put(struct buf *b, const struct signature *s)
{
	buf_u64(b, s->old.seed);
	buf_varint(b, s->kept);
	for (uint64_t i = 0; i < s->kept / HASH_CHUNK; i++)
		buf_u64(b, s->kept_hash[i]);
	buf_varint(b, s->old.size);
	if (!s->old.size)
		return;
	buf_u32(b, s->old.block);
	for (uint64_t at = 0, i = 0; at < s->old.size; at += s->old.block, i++) {
		buf_u32(b, s->blocks[i].weak);
		buf_u64(b, s->blocks[i].strong);
	}
}

/* No more than one block of content is needed to look for one of these; it is the input, again and again. */
static void peer_lies(const struct signature *s, const uint8_t *data, size_t size)
{
	static uint8_t now[3 * DELTA_BLOCK_LEAST];
	if (!size || s->old.block > sizeof now / 2)
		return;
	for (size_t i = 0; i < sizeof now; i += size)
		memcpy(now + i, data, sizeof now - i < size ? sizeof now - i : size);
	/* a block that is really there, of which the peer says it stands first */
	s->blocks[0] = delta_block_of(s->old.seed, now + DELTA_BLOCK_LEAST / 3, s->old.block);
	struct scan lie = { .now = now, .len = sizeof now, .old_size = s->old.size };
	scan(&lie, &s->old, sizeof now);
}

static void any_bytes(const uint8_t *data, size_t size, const struct reader *rest)
{
	struct signature s, again;
	int code = signature_get(&s, data, size);
	CHECK(code == 0 || code == -EPROTO);
	if (code < 0) {
		CHECK(!s.kept_hash && !s.blocks);
		return;
	}
	CHECK(s.kept % HASH_CHUNK == 0 && s.kept / HASH_CHUNK <= size / 8 && (!s.kept || s.kept_hash));
	CHECK(!s.old.size || (s.blocks && s.old.blocks == s.blocks && s.old.block >= DELTA_BLOCK_LEAST &&
			      s.old.block <= DELTA_BLOCK_MOST));
	AUTO(buf_fini) struct buf b, c;
	buf_init(&b, SIGNATURE_BYTES_MAX);
	buf_init(&c, SIGNATURE_BYTES_MAX);
	put(&b, &s);
	CHECK(signature_get(&again, b.data, b.len) == 0);
	put(&c, &again);
	CHECK(b.len == c.len && !memcmp(b.data, c.data, b.len));
	signature_fini(&again);
	CHECK(signature_get(&again, b.data, b.len - 1) == -EPROTO);
	if (s.old.size)
		peer_lies(&s, rest->at, fuzz_left(rest));
	signature_fini(&s);
}

static void there_and_back(struct reader in)
{
	struct delta_block blocks[MOST];
	struct delta_base base = { .seed = reader_u8(&in), .block = 1U + reader_u8(&in) % BLOCK_MOST };
	size_t piece = 1 + reader_u8(&in), len;
	const uint8_t *old = fuzz_part(&in, &len);
	struct scan s = { .old = old, .old_size = len, .now = in.at, .len = fuzz_left(&in) };
	if (in.failed || !len || len > MOST)
		return;
	size_t count = 0;
	for (size_t at = 0; at < len; at += base.block)
		blocks[count++] = delta_block_of(base.seed, old + at,
						 len - at < base.block ? len - at : base.block);
	base.size = len;
	base.blocks = blocks;
	scan(&s, &base, piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	size_t len;
	const uint8_t *signature = fuzz_part(&in, &len);
	if (in.failed)
		return 0;
	any_bytes(signature, len, &in);
	there_and_back(in);
	return 0;
}
