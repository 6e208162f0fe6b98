/* A blob of extended attributes and ACLs, given to a file: refused, or afterwards the file has just these. */
#include "tests/fuzz/place.h"

#include <errno.h>

#include "xfer/tree/attrs.h"

static void no_id(void *arg, enum id_kind kind, uint32_t id)
{
	(void)arg, (void)kind, (void)id;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	struct err err = { 0 };
	uint8_t how = reader_u8(&in);
	bool acls = how & 1, xattrs = how & 2;
	const char *name = how & 4 ? "dir" : "file";
	place_enter();
	int root = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0 && mkdirat(root, "dir", 0755) == 0);
	place_file("root/file", "x");

	attrs_each_id(in.at, fuzz_left(&in), no_id, NULL);
	int r = attrs_apply(root, name, in.at, fuzz_left(&in), NULL, acls, xattrs, &err);
	CHECK(r >= 0 || (err.code == r && err.text[0]));
	int same = attrs_equal(root, name, in.at, fuzz_left(&in), NULL, acls, xattrs, &err);
	CHECK(r < 0 || same == 1);
	CHECK(r != -EPROTO || same == -EPROTO);
	close(root);
	place_check();
	place_clear();
	return 0;
}
