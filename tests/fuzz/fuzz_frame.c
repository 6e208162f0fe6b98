/* One frame from the front of any bytes; and any frame, packed, comes back and is not taken for whole before it is. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/wire/frame.h"

static void any_bytes(const uint8_t *data, size_t size)
{
	struct frame f;
	uint8_t head[FRAME_HEAD];
	ssize_t n = frame_parse(&f, data, size);
	CHECK(n >= 0 || n == -EBADMSG);
	if (n <= 0)
		return;
	CHECK((size_t)n <= size && f.len == (size_t)n - FRAME_HEAD && f.data == data + FRAME_HEAD);
	frame_pack(head, &f);
	CHECK(!memcmp(head, data, sizeof head));
}

static void there_and_back(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	struct frame got, f = { .type = (uint16_t)(1 + reader_u8(&in) % (FRAME_TYPES - 1)) };
	f.type |= reader_u8(&in) & 1 ? FRAME_PACKED : 0;
	f.chan = reader_u8(&in);
	f.offset = reader_u64(&in);
	if (in.failed)
		return;
	f.len = (uint32_t)fuzz_left(&in);
	AUTO(fuzz_freep) uint8_t *bytes = malloc(FRAME_HEAD + f.len);
	CHECK(bytes);
	f.data = in.at;
	frame_pack(bytes, &f);
	memcpy(bytes + FRAME_HEAD, f.data, f.len);

	size_t whole = FRAME_HEAD + f.len;
	for (size_t cut = 0; cut < whole; cut += cut < 2 * FRAME_HEAD ? 1 : 97)
		CHECK(frame_parse(&got, bytes, cut) == 0);
	CHECK(frame_parse(&got, bytes, whole) == (ssize_t)whole);
	CHECK(got.type == f.type && got.chan == f.chan && got.offset == f.offset && got.len == f.len &&
	      !memcmp(got.data, f.data, f.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	any_bytes(data, size);
	if (size <= FRAME_MAX)
		there_and_back(data, size);
	return 0;
}
