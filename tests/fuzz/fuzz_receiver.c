/* All that a sender may say to a receiver: START, LIST, BUNDLE, FILE, DATA, COPY, FILE_END, DONE in any order, into a folder
 * that holds files, a directory, links, an old version of a large file and what an interrupted run left of another. Nothing
 * beside that folder is touched, and the run ends: with an error, or with everything that was announced.
 *
 *   input = u32 options (trees.h), frames as session.h has them */
#include "tests/fuzz/session.h"
#include "tests/fuzz/trees.h"

static void item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	(void)ctx, (void)suffix;
	CHECK(strlen(change) == 11 && len > 0 && name[0] != '/');
}

/* The peer's notes come here too, and their words may be empty. */
static void failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)ctx, (void)name, (void)len;
	CHECK(error && errnum >= 0);
}

static void warning(void *ctx, const char *text)
{
	(void)ctx;
	CHECK(text);
}

static void list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		 const char *target, size_t target_len)
{
	(void)ctx, (void)mode, (void)size, (void)mtime, (void)name, (void)len, (void)target, (void)target_len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tell tell = {
		.item = item, .failure = failure, .warning = warning, .list = list
	};
	static char root[] = "root", only_d[] = "d/.", only_a[] = "a";
	char *names[] = { only_d, only_a };
	struct strings asked = { names, 2 };
	struct reader in = reader_of(data, size);
	struct err err = { 0 };
	struct session s;
	uint32_t bits = reader_u32(&in);
	struct options o = trees_options(bits);
	if (in.failed || size > SESSION_MAX / FRAME_HEAD)
		return 0;
	place_enter();
	trees_state();
	trees_root();
	if (bits & TREES_DISTRUST)
		trees_distrust();
	session_open(&s, in);
	struct transfer t = {
		.options = &o,
		.link = s.link,
		.tell = &tell,
		.version = trees_version(bits),
		.asked = bits & TREES_ASKED ? &asked : NULL,
		.has_user = true,
		.content_mark = '>',
	};
	int r = transfer_receive(&t, root, &err);
	CHECK(r == 0 || (r < 0 && err.code == r && err.text[0]) || r == -ECONNABORTED);
	session_close(&s);
	place_check();
	place_clear();
	trees_clear_state();
	return 0;
}
