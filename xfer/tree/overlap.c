#include "xfer/tree/overlap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/tree/target.h"

/* The destination's root and what is above it. */
struct above {
	const uint8_t *ready;
	size_t len;
	uint64_t root_dev, root_ino;
};

static bool is_above(const struct above *a, uint64_t dev, uint64_t ino)
{
	struct reader r = reader_of(a->ready, a->len);
	reader_u8(&r);
	while (r.at < r.end && !r.failed) {
		uint64_t d = reader_varint(&r), i = reader_varint(&r);
		if (!r.failed && d == dev && i == ino)
			return true;
	}
	return false;
}

/* Nothing but whole pairs behind the flags. */
static bool is_whole(struct reader r)
{
	while (r.at < r.end && !r.failed) {
		reader_varint(&r);
		reader_varint(&r);
	}
	return !r.failed;
}

static bool is_root(void *ctx, uint64_t dev, uint64_t ino)
{
	const struct above *a = ctx;
	return dev == a->root_dev && ino == a->root_ino;
}

static int refuse(struct dir *d, const char *what, struct err *err)
{
	struct buf path;
	buf_init(&path, 1 << 20);
	dir_path(d, &path);
	err_say(err, -EXDEV, "%.*s: %s", (int)(path.len < 300 ? path.len : 300), (const char *)path.data,
		what);
	buf_fini(&path);
	return -EXDEV;
}

/* What cannot be opened now may be opened later, when nobody asks any more where it stands. */
static int fail_to_open(struct dir *d, int code, struct err *err)
{
	(void)refuse(d, strerror(-code), err);
	err_context(err, "whether the destination is part of the source");
	return err->code = code;
}

/* A directory whose content goes straight into the destination's root. */
static int check_content(const struct above *a, struct dir *d, struct err *err)
{
	int fd = dir_fd(d);
	if (!dir_is_known(d))
		return fail_to_open(d, fd, err);
	if (is_root((void *)a, dir_dev(d), dir_ino(d)))
		return refuse(d, "source and destination are the same directory", err);
	if (is_above(a, dir_dev(d), dir_ino(d)))
		return refuse(d, "the destination is inside this source", err);
	if (fd < 0)
		return fail_to_open(d, fd, err);
	if (target_climb(d, is_root, (void *)a))
		return refuse(
			d,
			"this source is inside the destination, which would be written to while it is read",
			err);
	return 0;
}

/* A directory that will stand in the destination's root under its own name. Written is only what has that name there: it must
 * not be the source, nor anything above it. */
struct climb {
	const struct above *above;
	uint64_t named_dev, named_ino; /* what has the name in the root now */
};

static bool is_named(void *ctx, uint64_t dev, uint64_t ino)
{
	const struct climb *c = ctx;
	return dev == c->named_dev && ino == c->named_ino;
}

/* Finds the destination's root among the directories above the source, and in it the name. */
static bool find_named(struct climb *c, struct dir *d, const char *name)
{
	char up[3 * 1024] = ".."; /* PATH_MAX deep; what is deeper is the hidden end of a tree of tricks */
	struct stat st;
	int fd = dir_fd(d);
	for (size_t n = 0; fd >= 0 && n + 4 < sizeof up; n += 3) {
		if (fstatat(fd, up, &st, 0) < 0)
			return false;
		if (is_root((void *)c->above, st.st_dev, st.st_ino)) {
			int root = openat(fd, up, O_PATH | O_DIRECTORY | O_CLOEXEC);
			bool there = root >= 0 && fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
			if (root >= 0)
				close(root);
			c->named_dev = st.st_dev;
			c->named_ino = st.st_ino;
			return there;
		}
		memcpy(up + 2 + n, "/..", 4);
	}
	return false;
}

static int check_named(const struct above *a, const struct pick *kid, struct err *err)
{
	struct stat st;
	int at = dir_fd(kid->at);
	if (at < 0)
		return fail_to_open(kid->at, at, err);
	if (fstatat(at, kid->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	struct dir *d = dir_child(kid->at, kid->name, strlen(kid->name));
	if (!d)
		return err_set(err, -ENOMEM, "overlap");
	int r = 0, fd = dir_fd(d);
	struct climb c = { .above = a };
	if (is_above(a, st.st_dev, st.st_ino))
		r = refuse(d, "the destination is inside this source", err);
	else if (fd < 0)
		r = fd == -ENOENT ? 0 : fail_to_open(d, fd, err);
	else if (find_named(&c, d, kid->name) && target_climb(d, is_named, &c))
		r = refuse(d, "this source is itself what would be written to", err);
	dir_unref(d);
	return r;
}

int overlap_refuse(const struct pick *root, const uint8_t *ready, size_t len, struct err *err)
{
	struct above a = { .ready = ready, .len = len };
	struct reader r = reader_of(ready, len);
	bool has_root = reader_u8(&r) & 1, whole = is_whole(r);
	if (has_root) {
		a.root_dev = reader_varint(&r);
		a.root_ino = reader_varint(&r);
	}
	if (r.failed || !whole)
		return err_set(err, -EPROTO, "the receiver's ready does not parse");
	int code = 0;
	for (size_t i = 0; has_root && code == 0 && i < root->contents; i++)
		code = check_content(&a, root->content[i], err);
	for (size_t i = 0; has_root && code == 0 && i < root->kid_count; i++)
		code = check_named(&a, &root->kids[i], err);
	return code;
}
