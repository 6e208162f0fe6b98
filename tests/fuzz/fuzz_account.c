/* The counters of DONE and FINAL. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/tree/account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account a, again;
	struct reader r = reader_of(data, size);
	int code = account_get(&r, &a);
	CHECK(code == 0 || code == -EPROTO);
	if (code < 0)
		return 0;
	AUTO(buf_fini) struct buf b, c;
	buf_init(&b, 1024);
	buf_init(&c, 1024);
	account_put(&b, &a);
	r = reader_of(b.data, b.len);
	CHECK(account_get(&r, &again) == 0 && reader_done(&r));
	account_put(&c, &again);
	CHECK(b.len == c.len && !memcmp(b.data, c.data, b.len));
	return 0;
}
