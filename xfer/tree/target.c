#include "xfer/tree/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/fd.h"
#include "xfer/tree/entry.h"

/* Makes path and, with parents, what is missing above it. -EEXIST: somebody else has made it meanwhile. */
static int make_dirs(const char *path, bool parents)
{
	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno != ENOENT || !parents)
		return -errno;
	char *copy = strdup(path);
	int code = copy ? 0 : -ENOMEM;
	for (char *p = copy; code == 0 && p && *p; p++) {
		if (*p != '/' || p == copy)
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			code = -errno;
		*p = '/';
	}
	if (code == 0 && mkdir(copy, 0777) < 0)
		code = -errno;
	free(copy);
	return code;
}

/* Without the slashes and dots behind its last name: mkdir(2) of those says that it is there, whoever made it. */
static char *without_end(const char *path)
{
	size_t len = strlen(path);
	while (len > 1 && (path[len - 1] == '/' || (path[len - 1] == '.' && path[len - 2] == '/')))
		len--;
	return strndup(path, len);
}

/* Does it go up again from something that is not there? Once that is made, this leads to what nobody was told of: READY names
 * the nearest directory above what will be made, and that may be the source itself. */
static bool climbs_from_missing(const char *path)
{
	struct stat st;
	size_t end = 0;
	for (const char *p = path; (p = strstr(p, "..")); p++)
		if ((p == path || p[-1] == '/') && (!p[2] || p[2] == '/'))
			end = (size_t)(p - path) + 2;
	char *last = end ? strndup(path, end) : NULL;
	bool missing = end && (!last || stat(last, &st) < 0);
	free(last);
	return missing;
}

/* What make_dirs would say. */
static int would_make(const char *path, bool parents)
{
	struct stat st;
	size_t len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	while (len && path[len - 1] != '/')
		len--;
	char *parent = len ? strndup(path, len) : strdup(".");
	int code = !parent ? -ENOMEM : !parents && stat(parent, &st) < 0 ? -errno : 0;
	free(parent);
	return code;
}

static int take_root(struct target *out, struct dirs *pool, int fd, const char *path, struct err *err)
{
	if (fd < 0)
		return err_set(err, -errno, "%s: open the destination", path);
	out->root = dir_root(pool, fd, path);
	if (!out->root) {
		close(fd);
		return err_set(err, -ENOMEM, "%s", path);
	}
	return 0;
}

static int fail_to_make(const char *path, int code, struct err *err)
{
	return err_set(err, code, "%s: create the destination%s", path,
		       code == -ENOENT ? " (--mkpath makes its parents)" : "");
}

static int open_root(struct target *out, struct dirs *pool, const char *path, const struct options *o,
		     struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return take_root(out, pool, fd, path, err);
	int code = would_make(path, o->mkpath);
	if (code < 0)
		return fail_to_make(path, code, err);
	if (climbs_from_missing(path))
		return err_say(err, -ENOENT, "%s: its \"..\" goes back from a directory that is not there",
			       path);
	char *name = without_end(path);
	struct stat st;
	if (name && lstat(name, &st) == 0) { /* a symlink to nothing */
		free(name);
		return err_set(err, -ENOENT, "%s: open the destination", path);
	}
	fd = name ? fd_open_above(path) : -ENOMEM;
	out->above = fd < 0 ? NULL : dir_root(pool, fd, path);
	if (fd >= 0 && !out->above)
		close(fd);
	if (!o->dry_run && out->above)
		out->to_make = TAKE(name);
	free(name);
	return out->above ? 0 : err_set(err, fd < 0 ? fd : -ENOMEM, "%s", path);
}

int target_make(struct target *t, struct dirs *pool, const struct options *o, struct err *err)
{
	if (!t->to_make)
		return 0;
	int code = make_dirs(t->to_make, o->mkpath);
	if (code == -EEXIST) /* nobody has looked at what is in it, nor whether it is the source */
		return err_say(err, code,
			       "%s: the destination has appeared meanwhile; the same command again will do",
			       t->to_make);
	if (code < 0)
		return fail_to_make(t->to_make, code, err);
	t->created = true;
	return take_root(t, pool, open(t->to_make, O_RDONLY | O_DIRECTORY | O_CLOEXEC), t->to_make, err);
}

int target_open(struct target *out, struct dirs *pool, const char *path, const char *single,
		const struct options *o, struct err *err)
{
	struct stat st;
	size_t len = strlen(path);
	*out = (struct target){ 0 };
	bool there = stat(path, &st) == 0;
	if (!single || (there && S_ISDIR(st.st_mode)) || (!there && len && path[len - 1] == '/'))
		return open_root(out, pool, *path ? path : ".", o, err);

	/* the last component is the file's name; its directory is the root */
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	if (strlen(name) > NAME_LIMIT)
		return err_set(err, -ENAMETOOLONG, "%s", path);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) /* in something that is not there */
		return err_set(err, -ENOENT, "%s: open the destination", path);
	char *parent = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	out->rename = strdup(name);
	int code = parent && out->rename ? 0 : err_set(err, -ENOMEM, "%s", path);
	if (code == 0 && !o->mkpath && stat(parent, &st) < 0)
		code = err_set(err, -errno, "%s: the destination's directory (--mkpath makes it)", path);
	if (code == 0)
		code = open_root(out, pool, parent, o, err);
	free(parent);
	if (code < 0)
		target_close(out);
	return code;
}

void target_close(struct target *t)
{
	dir_unref(t->root);
	dir_unref(t->above);
	free(t->to_make);
	free(t->rename);
	*t = (struct target){ 0 };
}

bool target_climb(struct dir *d, bool (*visit)(void *ctx, uint64_t dev, uint64_t ino), void *ctx)
{
	int at = dir_fd(d);
	int fd = at < 0 ? -1 : openat(at, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st, before = { 0 };
	bool stop = false;
	while (fd >= 0 && !stop && fstat(fd, &st) == 0) {
		if (st.st_dev == before.st_dev && st.st_ino == before.st_ino)
			break; /* the root of all is its own parent */
		stop = visit(ctx, st.st_dev, st.st_ino);
		before = st;
		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = up;
	}
	if (fd >= 0)
		close(fd);
	return stop;
}
