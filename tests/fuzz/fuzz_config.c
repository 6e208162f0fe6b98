/* A client's options, alone and as what CONFIG says of a run: refused with a sentence, or taken, and then the same when they
 * are packed and taken again. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/cli/args.h"
#include "xfer/cli/config.h"

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

static void configured(const uint8_t *data, size_t size, struct buf *packed)
{
	struct config c;
	struct err err = { 0 };
	config_init(&c);
	buf_init(packed, CONFIG_MAX);
	int r = config_get(&c, data, size, &err);
	CHECK(r == 0 || ((r == -EPROTO || r == -EBADMSG) && err.code == r && err.text[0]));
	if (r == 0) {
		/* whoever it is for has what it needs: serve takes the first operand for a path */
		CHECK(c.role == CONFIG_SEND || c.operands.count >= 1);
		CHECK(config_put(packed, c.role, c.tell, &c.operands, &c.options) == 0);
	}
	config_fini(&c);
}

typedef void take(const uint8_t *data, size_t size, struct buf *packed);

static void twice(take *get, const uint8_t *data, size_t size)
{
	AUTO(buf_fini) struct buf first, second;
	get(data, size, &first);
	buf_init(&second, 1);
	if (!first.len)
		return;
	get(first.data, first.len, &second);
	CHECK(first.len == second.len && !memcmp(first.data, second.data, first.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	twice(taken, data, size);
	twice(configured, data, size);
	return 0;
}
