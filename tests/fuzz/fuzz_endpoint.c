/* What a user names as source or destination: nothing of it may be taken for an option by ssh. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/cli/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(fuzz_freep) char *text = fuzz_text(data, size);
	struct endpoint e = { 0 };
	struct err err = { 0 };
	int r = endpoint_parse(&e, text, &err);
	CHECK(r == 0 || (r == -EINVAL && err.code == r && err.text[0]));
	if (r < 0)
		return 0;
	CHECK(e.path && strlen(e.path) <= strlen(text));
	CHECK(!e.host || (e.host[0] && e.host[0] != '-'));
	CHECK(!e.user || (e.host && e.user[0] != '-'));
	CHECK(e.host || !strcmp(e.path, text));
	endpoint_fini(&e);
	return 0;
}
