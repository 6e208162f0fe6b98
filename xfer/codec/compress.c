#include "xfer/codec/compress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "xfer/base/clock.h"
#include "xfer/codec/adapt.h"

enum { SAMPLE = 4096, SAMPLE_AT_LEAST = 32 * 1024, TOO_SMALL = 128 };

struct compressor {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	int level;
	struct adapt adapt;
	uint64_t waited; /* since the last payload */
};

struct target {
	void *data;
	size_t cap;
};

struct compressor *compressor_new(int level)
{
	struct compressor *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	compressor_set_level(c, level);
	c->pack = ZSTD_createCCtx();
	c->unpack = ZSTD_createDCtx();
	if (!c->pack || !c->unpack) {
		compressor_free(c);
		return NULL;
	}
	return c;
}

void compressor_free(struct compressor *c)
{
	if (!c)
		return;
	ZSTD_freeCCtx(c->pack);
	ZSTD_freeDCtx(c->unpack);
	free(c);
}

/* Does a taste from the front, the middle and the end compress? */
static int tastes_compressible(struct compressor *c, const uint8_t *in, size_t len)
{
	uint8_t out[SAMPLE];
	const size_t at[] = { 0, len / 2 - SAMPLE / 2, len - SAMPLE };
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		size_t n = ZSTD_compressCCtx(c->pack, out, SAMPLE - SAMPLE / 8, in + at[i], SAMPLE, 1);
		if (!ZSTD_isError(n))
			return 1;
	}
	return 0;
}

void compressor_set_level(struct compressor *c, int level)
{
	c->level = level;
	adapt_init(&c->adapt);
}

void compressor_waited(struct compressor *c, uint64_t ns)
{
	c->waited += ns;
}

static size_t pack(struct compressor *c, int level, struct target out, const void *in, size_t len)
{
	if (len < TOO_SMALL)
		return 0;
	if (len >= SAMPLE_AT_LEAST && !tastes_compressible(c, in, len))
		return 0;
	size_t worth = len - len / 8;
	size_t n = ZSTD_compressCCtx(c->pack, out.data, out.cap < worth ? out.cap : worth, in, len, level);
	return ZSTD_isError(n) ? 0 : n;
}

size_t compressor_pack(struct compressor *c, void *out, size_t cap, const void *in, size_t len)
{
	const struct target to = { out, cap };
	if (c->level != COMPRESS_ADAPT)
		return pack(c, c->level, to, in, len);
	int level = adapt_level(&c->adapt);
	uint64_t before = clock_now();
	size_t n = level ? pack(c, level, to, in, len) : 0;
	uint64_t now = clock_now();
	struct adapt_frame f = {
		.bytes = len,
		.sent = n ? n : len,
		.tried = level > 0,
		.pack_ns = now - before,
		.wait_ns = c->waited,
	};
	c->waited = 0;
	adapt_note(&c->adapt, &f, now);
	return n;
}

ptrdiff_t compressor_unpack(struct compressor *c, void *out, size_t cap, const void *in, size_t len)
{
	unsigned long long size = ZSTD_getFrameContentSize(in, len);
	/* the two special values are above any cap; nothing is never packed, a skippable frame has that size */
	if (size == 0 || size > cap || ZSTD_findFrameCompressedSize(in, len) != len)
		return -EBADMSG;
	size_t n = ZSTD_decompressDCtx(c->unpack, out, cap, in, len);
	return ZSTD_isError(n) || n != size ? -EBADMSG : (ptrdiff_t)n;
}
