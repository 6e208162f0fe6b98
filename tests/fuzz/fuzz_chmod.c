/* --chmod: whatever it says, an object's type stays, and a symlink's mode. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/stat.h>

#include "xfer/tree/chmod_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const mode_t types[] = { S_IFREG, S_IFDIR, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	AUTO(fuzz_freep) char *text = fuzz_text(data, size);
	struct chmod_spec *spec = NULL;
	struct err err = { 0 };
	int r = chmod_parse(&spec, text, &err);
	CHECK(r == 0 || (r == -EINVAL && err.code == r && err.text[0]));
	if (r < 0)
		return 0;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		for (mode_t perms = 0; perms <= 07777; perms += 0555) {
			mode_t mode = chmod_apply(spec, types[i] | perms);
			CHECK((mode & S_IFMT) == types[i] && !(mode & ~(mode_t)(S_IFMT | 07777)));
		}
	CHECK(chmod_apply(spec, S_IFLNK | 0777) == (S_IFLNK | 0777));
	chmod_free(spec);
	return 0;
}
