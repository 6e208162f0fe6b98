#include "xfer/codec/compress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { SAMPLE = 4096, SAMPLE_AT_LEAST = 32 * 1024, TOO_SMALL = 128 };

struct compressor {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	int level;
};

struct compressor *compressor_new(int level)
{
	struct compressor *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->level = level;
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

size_t compressor_pack(struct compressor *c, void *out, size_t cap, const void *in, size_t len)
{
	if (len < TOO_SMALL)
		return 0;
	if (len >= SAMPLE_AT_LEAST && !tastes_compressible(c, in, len))
		return 0;
	size_t worth = len - len / 8;
	size_t n = ZSTD_compressCCtx(c->pack, out, cap < worth ? cap : worth, in, len, c->level);
	return ZSTD_isError(n) ? 0 : n;
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
