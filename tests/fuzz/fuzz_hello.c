/* A peer's HELLO: a version that both speak, or a refusal; its program's name is cut and terminated. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hello h;
	struct err err = { 0 };
	struct frame f = { .type = FRAME_HELLO, .data = data, .len = (uint32_t)size };
	int r = hello_take(&h, &f, &err);
	CHECK(r == 0 || r == -EPROTO);
	CHECK(r == 0 || (err.code == r && err.text[0] && memchr(err.text, 0, sizeof err.text)));
	if (r == 0)
		CHECK(h.version >= HELLO_OLDEST && h.version <= HELLO_NEWEST &&
		      memchr(h.program, 0, sizeof h.program));
	f.type = FRAME_CONFIG;
	CHECK(hello_take(&h, &f, &err) == -EPROTO);
	return 0;
}
