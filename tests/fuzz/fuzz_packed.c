/* A packed payload: any bytes unpack to no more than there is room for, or not at all; what we pack unpacks. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/codec/compress.h"

enum { ROOM = 8192, GUARD = 64 };

static void any_bytes(struct compressor *c, const uint8_t *data, size_t size)
{
	static uint8_t
		out[ROOM +
		    GUARD]; /* libzstd knows nothing of ASan: we look at what lies behind it ourselves */
	static const uint8_t untouched[GUARD];
	struct reader in = reader_of(data, size);
	size_t cap = reader_u8(&in) * (ROOM / 255);
	memset(out + cap, 0, GUARD);
	ptrdiff_t n = compressor_unpack(c, out, cap, in.at, fuzz_left(&in));
	CHECK(n == -EBADMSG || (n >= 0 && (size_t)n <= cap));
	CHECK(!memcmp(out + cap, untouched, GUARD));
}

/* The input three times, which packs well. */
static void there_and_back(struct compressor *c, const uint8_t *data, size_t size)
{
	static uint8_t in[3 * ROOM], packed[3 * ROOM], out[3 * ROOM];
	if (size > ROOM)
		return;
	for (size_t i = 0; i < 3; i++)
		memcpy(in + i * size, data, size);
	size_t n = compressor_pack(c, packed, sizeof packed, in, 3 * size);
	if (!n)
		return;
	CHECK(n < 3 * size);
	CHECK(compressor_unpack(c, out, 3 * size, packed, n) == (ptrdiff_t)(3 * size));
	CHECK(!memcmp(in, out, 3 * size));
	CHECK(compressor_unpack(c, out, 3 * size - 1, packed, n) == -EBADMSG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct compressor *c;
	if (!c)
		c = compressor_new(1);
	CHECK(c);
	any_bytes(c, data, size);
	there_and_back(c, data, size);
	return 0;
}
