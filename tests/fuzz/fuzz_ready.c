/* A receiver's READY on the same host: whatever it is, it parses or not, and where it names the source, or a directory
 * that is sent by its name, the run is refused. */
#include "tests/fuzz/place.h"

#include <errno.h>

#include "xfer/tree/overlap.h"
#include "xfer/tree/roots.h"

/* The arguments "root/" and "outside", open; for the life of the process. */
static const struct pick *sources(void)
{
	static struct roots roots;
	static struct dirs *dirs;
	static char root[] = "root/", outside[] = "outside";
	static const struct options o = { .recurse = true };
	static const struct tell tell = { 0 };
	char *args[] = { root, outside };
	struct strings list = { args, 2 };
	struct err err;
	if (!dirs) {
		place_enter();
		dirs = dirs_new(0);
		CHECK(dirs && roots_open(&roots, dirs, &o, &list, &tell, &err) == 0 && roots.found == 2);
	}
	return &roots.pick;
}

static void put_id(struct buf *b, const char *path)
{
	struct stat st;
	CHECK(stat(path, &st) == 0);
	buf_varint(b, st.st_dev);
	buf_varint(b, st.st_ino);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pick *pick = sources();
	struct err err = { 0 };
	bool names_source = false, whole = true;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 1 << 20);
	buf_u8(&b, size ? data[0] : 0);
	for (size_t i = 1; i < size; i++) {
		/* two tokens stand for the sources, which no input could guess */
		if (data[i] < 2)
			put_id(&b, data[i] ? "root" : "outside");
		else
			buf_u8(&b, data[i]);
		names_source |= data[i] < 2;
		whole &= data[i] < 2;
	}
	int r = overlap_refuse(pick, b.data, b.len, &err);
	CHECK(r == 0 || ((r == -EXDEV || r == -EPROTO) && err.code == r && err.text[0]));
	if (size && data[0] & 1 && names_source && whole)
		CHECK(r == -EXDEV);
	return 0;
}
