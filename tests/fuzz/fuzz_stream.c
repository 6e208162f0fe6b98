/* All that the source of a stream may say to its sink: the name holds what it held, or all that came and nothing else, and
 * beside it nothing is left.
 *
 *   input = u8 how, frames as session.h has them; how bit 0: zeros become holes, bit 1: on disk, bit 2: the name is new */
#include "tests/fuzz/session.h"
#include "tests/fuzz/trees.h"

#include "xfer/tree/stream.h"

static void item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	(void)suffix;
	CHECK(strlen(change) == 11 && len == 3 && !memcmp(name, "out", 3));
	++*(unsigned *)ctx;
}

static void failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)ctx, (void)name, (void)len, (void)error, (void)errnum;
}

static void warning(void *ctx, const char *text)
{
	(void)ctx, (void)text;
}

static void list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		 const char *target, size_t target_len)
{
	(void)ctx, (void)mode, (void)size, (void)mtime, (void)name, (void)len, (void)target, (void)target_len;
}

static void progress(void *ctx, const struct progress *p)
{
	(void)ctx;
	CHECK(p->done_bytes <= p->total_bytes && p->done_items <= p->total_items);
}

/* The content that the frames say. False: some of the input is no frame, and may say anything. */
static bool said(struct buf *content, struct reader in)
{
	struct frame f;
	uint8_t how;
	bool known = true;
	buf_init(content, SESSION_MAX);
	while (known && session_frame(&f, &how, &in) && f.type != FRAME_DONE) {
		known = f.type != SESSION_RAW;
		if (f.type == FRAME_DATA)
			buf_bytes(content, f.data, f.len);
	}
	return known;
}

static size_t content_of(uint8_t *to, size_t cap)
{
	int fd = open("root/out", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, to, cap);
	CHECK(n >= 0);
	if (fd >= 0)
		close(fd);
	return (size_t)n;
}

static void look_at_root(bool is_new, bool was_there, struct reader in)
{
	static uint8_t got[SESSION_MAX];
	AUTO(buf_fini) struct buf content;
	bool known = said(&content, in);
	size_t n = content_of(got, sizeof got);
	if (!is_new)
		CHECK(was_there ? n == 3 && !memcmp(got, "old", 3) : access("root/out", F_OK) < 0);
	else if (known)
		CHECK(n == content.len && (!n || !memcmp(got, content.data, n)));
	unlink("root/out");
	CHECK(rmdir("root") == 0); /* it was all that is there */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned items = 0;
	const struct tell tell = { item, failure, warning, list, progress, &items };
	struct reader in = reader_of(data, size);
	struct err err = { 0 };
	struct session s;
	struct options o;
	uint8_t how = reader_u8(&in);
	if (in.failed || size > SESSION_MAX / FRAME_HEAD)
		return 0;
	options_init(&o);
	o.sparse = how & 1;
	o.fsync = how & 2;
	place_enter();
	if (!(how & 4))
		place_file("root/out", "old");
	session_open(&s, in);
	struct transfer t = {
		.options = &o, .link = s.link, .tell = &tell, .has_user = true, .content_mark = '>'
	};
	int r = stream_receive(&t, "root/out", &err);
	CHECK(r == 0 || (r < 0 && err.code == r && err.text[0]) || r == -ECONNABORTED);
	session_close(&s);
	bool is_new = r == 0 && !t.target.items.failed;
	CHECK(items == is_new);
	look_at_root(is_new, !(how & 4), in);
	options_fini(&o);
	CHECK(mkdir("root", 0755) == 0);
	place_check();
	place_clear();
	return 0;
}
