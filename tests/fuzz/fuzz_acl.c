/* A POSIX ACL in the kernel's form: refused, or brought into the one form, which stays as it is from then on. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/tree/posix_acl.h"

static void count_id(void *arg, enum id_kind kind, uint32_t id)
{
	CHECK(kind == ID_USER || kind == ID_GROUP);
	(void)id;
	++*(size_t *)arg;
}

static void normalise(const uint8_t *data, size_t size, bool access)
{
	AUTO(fuzz_freep) uint8_t *acl = malloc(size), *again = malloc(size);
	CHECK(!size || (acl && again));
	memcpy(acl, data, size);
	ssize_t n = posix_acl_normalise(acl, size, access, NULL);
	CHECK(n == -EPROTO || (n >= 0 && (size_t)n <= size));
	if (n <= 0)
		return;
	memcpy(again, acl, (size_t)n);
	CHECK(posix_acl_normalise(again, (size_t)n, access, NULL) == n && !memcmp(acl, again, (size_t)n));
	posix_acl_take_mode(again, (size_t)n, 0750);
	if (access)
		CHECK(posix_acl_normalise(again, (size_t)n, access, NULL) == n &&
		      !memcmp(acl, again, (size_t)n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t ids = 0;
	if (!size)
		return 0;
	posix_acl_each_id(data + 1, size - 1, count_id, &ids);
	CHECK(ids <= size / 8);
	normalise(data + 1, size - 1, data[0] & 1);
	return 0;
}
