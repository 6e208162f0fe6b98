/* The head of a file's content, one after the other. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/stat.h>

#include "xfer/tree/entry.h"

static void comes_back(const struct content *c)
{
	AUTO(buf_fini) struct buf b;
	struct content got = { 0 };
	buf_init(&b, 256);
	content_put(&b, c);
	struct reader r = reader_of(b.data, b.len);
	CHECK(content_get(&r, &got) == 0 && reader_done(&r));
	CHECK(!memcmp(&got, c, sizeof got));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(data, size);
	while (r.at < r.end) {
		struct content c;
		memset(&c, 0, sizeof c); /* its padding too: compared as bytes */
		int code = content_get(&r, &c);
		CHECK(code == 0 || code == -EPROTO);
		if (code < 0)
			break;
		CHECK(c.size <= INT64_MAX && c.error >= 0 && c.error < 4096);
		CHECK(!(c.flags & CONTENT_FRESH) || (S_ISREG(c.mode) && c.mtime_ns < 1000000000));
		comes_back(&c);
	}
	return 0;
}
