#include "xfer/tree/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/fd.h"

/* An environment variable that is an absolute path; else NULL. */
static const char *path_of(const char *variable)
{
	const char *value = getenv(variable);
	return value && value[0] == '/' ? value : NULL;
}

char *state_dir_default(void)
{
	char *text = NULL;
	const char *at = path_of("XFER_STATE_DIR");
	if (at)
		return strdup(at);
	if (geteuid() == 0)
		return strdup("/var/lib/xfer");
	int n = -1;
	if ((at = path_of("XDG_STATE_HOME")))
		n = asprintf(&text, "%s/xfer", at);
	else if ((at = path_of("HOME")))
		n = asprintf(&text, "%s/.local/state/xfer", at);
	return n < 0 ? NULL : text;
}

/* The entry of a new directory is on disk before anything relies on it. */
static int make_one(const char *path)
{
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	const char *slash = strrchr(path, '/');
	char *parent = !slash	       ? strdup(".")
		       : slash == path ? strdup("/")
				       : strndup(path, (size_t)(slash - path));
	int fd = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		(void)fsync(fd); /* where that cannot be had, the journal is lost together with it */
		close(fd);
	}
	free(parent);
	return 0;
}

static int make(const char *path)
{
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	int code = 0;
	for (char *p = copy + 1; code == 0 && *copy && *p; p++)
		if (*p == '/') {
			*p = '\0';
			code = make_one(copy);
			*p = '/';
		}
	if (code == 0)
		code = make_one(copy);
	free(copy);
	return code;
}

/* Is directory fd the root, or below it? */
static bool is_inside(int fd, int root)
{
	struct stat st, top, before = { 0 };
	if (fstat(root, &top) < 0)
		return true;
	int at = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool found = false;
	while (at >= 0 && !found && fstat(at, &st) == 0) {
		found = st.st_dev == top.st_dev && st.st_ino == top.st_ino;
		if (st.st_dev == before.st_dev && st.st_ino == before.st_ino)
			break; /* the root of all is its own parent */
		before = st;
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = up;
	}
	if (at >= 0)
		close(at);
	return found;
}

static bool is_usable(const char *path, int root)
{
	int fd = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	bool usable = fd >= 0 && faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 &&
		      (root < 0 || !is_inside(fd, root));
	if (fd >= 0)
		close(fd);
	return usable;
}

char *state_dir_present(const char *named, int root)
{
	char *usual = is_usable(named, root) ? NULL : state_dir_default();
	if (is_usable(usual, root))
		return usual;
	free(usual);
	return is_usable(named, root) ? strdup(named) : NULL;
}

/* path is not there: is the nearest directory above it that is, inside? */
static bool would_be_inside(const char *path, int root)
{
	int fd = fd_open_above(path);
	bool inside = fd >= 0 && is_inside(fd, root);
	if (fd >= 0)
		close(fd);
	return inside;
}

static int refuse_inside(const char *path, struct err *err)
{
	return err_say(err, -EXDEV, "%s: the folder for xfer's state stands inside the destination", path);
}

int state_dir_open(const char *path, int root, bool read_only, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code;
	if (fd < 0 && errno == ENOENT && !read_only) {
		bool inside = would_be_inside(path, root);
		code = inside ? 0 : make(path);
		if (code < 0)
			return err_set(err, code, "%s: make the folder for xfer's state", path);
		if (inside)
			return refuse_inside(path, err);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return err_set(err, -errno, "%s: open the folder for xfer's state", path);
	if (is_inside(fd, root)) {
		close(fd);
		return refuse_inside(path, err);
	}
	if (!read_only && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0) {
		code = err_set(err, -errno, "%s: write to the folder for xfer's state", path);
		close(fd);
		return code;
	}
	return fd;
}
