/* A client's options: refused with a sentence, or taken, and then the same when they are packed and taken again. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/cli/args.h"

static void taken(const uint8_t *data, size_t size, struct buf *packed)
{
	struct options o;
	struct err err = { 0 };
	options_init(&o);
	buf_init(packed, ARGS_PACK_MAX);
	int r = args_unpack(&o, data, size, &err);
	CHECK(r == 0 || ((r == -EPROTO || r == -EBADMSG) && err.code == r && err.text[0]));
	if (r == 0)
		CHECK(args_pack(packed, &o) == 0);
	options_fini(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_fini) struct buf first, second;
	taken(data, size, &first);
	buf_init(&second, 1);
	if (!first.len)
		return 0;
	taken(first.data, first.len, &second);
	CHECK(first.len == second.len && !memcmp(first.data, second.data, first.len));
	return 0;
}
