#include "xfer/tree/xattr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { TRIES = 16, ROOM_FIRST = 256 };

int xattr_fail(const struct xattr_object *o, int code, const char *doing, const char *attr, struct err *err)
{
	/* a host without /proc must not make every file look as if it had vanished */
	if (code == -ENOENT && o->via != XATTR_BY_FD && access("/proc/self/fd", F_OK))
		return err_say(err, -ENOSYS, "extended attributes need /proc, which is not mounted");
	return o->name ? err_set(err, code, "%s: %s %s", o->name, doing, attr)
		       : err_set(err, code, "%s %s", doing, attr);
}

int xattr_object_init(struct xattr_object *o, int fd, const char *name, struct err *err)
{
	*o = (struct xattr_object){ .fd = fd, .name = name };
	if (name) {
		if (!*name || strchr(name, '/') || !strcmp(name, ".."))
			return err_set(err, -EINVAL, "%s: not a name", name);
		if (strlen(name) > 255)
			return err_set(err, -ENAMETOOLONG, "%s", name);
		o->via = XATTR_BY_LINK;
		snprintf(o->path, sizeof o->path, "/proc/self/fd/%d/%s", fd, name);
		return 0;
	}
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return err_set(err, -errno, "extended attributes of a descriptor");
	o->via = flags & O_PATH ? XATTR_BY_PATH : XATTR_BY_FD;
	snprintf(o->path, sizeof o->path, "/proc/self/fd/%d", fd);
	return 0;
}

static ssize_t list(const struct xattr_object *o, char *to, size_t size)
{
	ssize_t n = o->via == XATTR_BY_FD     ? flistxattr(o->fd, to, size)
		    : o->via == XATTR_BY_PATH ? listxattr(o->path, to, size)
					      : llistxattr(o->path, to, size);
	return n < 0 ? -errno : n;
}

static ssize_t get(const struct xattr_object *o, const char *attr, void *to, size_t size)
{
	ssize_t n = o->via == XATTR_BY_FD     ? fgetxattr(o->fd, attr, to, size)
		    : o->via == XATTR_BY_PATH ? getxattr(o->path, attr, to, size)
					      : lgetxattr(o->path, attr, to, size);
	return n < 0 ? -errno : n;
}

int xattr_names(const struct xattr_object *o, struct buf *out, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		ssize_t n = list(o, NULL, 0);
		if (n > 0) {
			char *room = n > XATTR_NAMES_LIMIT ? NULL : (char *)buf_reserve(out, (size_t)n);
			if (!room)
				return xattr_fail(o, -E2BIG, "list", "extended attributes", err);
			n = list(o, room, (size_t)n);
		}
		if (n == -ENOTSUP || n == -EPERM)
			return 0;
		if (n >= 0) {
			out->len += (size_t)n;
			return 0;
		}
		if (n != -ERANGE) /* which says that one was added meanwhile */
			return xattr_fail(o, (int)n, "list", "extended attributes", err);
	}
	return xattr_fail(o, -ESTALE, "list", "extended attributes", err);
}

int xattr_get(const struct xattr_object *o, const char *attr, struct buf *out, struct err *err)
{
	size_t room = ROOM_FIRST;
	for (int i = 0; i < TRIES; i++) {
		void *to = room > XATTR_VALUE_LIMIT ? NULL : buf_reserve(out, room);
		if (!to)
			return xattr_fail(o, -E2BIG, "get attribute", attr, err);
		ssize_t n = get(o, attr, to, room);
		if (n >= 0) {
			out->len += (size_t)n;
			return 1;
		}
		if (n == -ERANGE) {
			n = get(o, attr, NULL, 0);
			/* 0: it shrank to nothing, and a size of 0 would ask for the size again */
			room = n > 0 ? (size_t)n : ROOM_FIRST;
		}
		if (n == -ENODATA)
			return 0;
		if (n < 0)
			return xattr_fail(o, (int)n, "get attribute", attr, err);
	}
	return xattr_fail(o, -ESTALE, "get attribute", attr, err);
}

int xattr_set(const struct xattr_object *o, const char *attr, const void *value, size_t len, struct err *err)
{
	int rc = o->via == XATTR_BY_FD	   ? fsetxattr(o->fd, attr, value, len, 0)
		 : o->via == XATTR_BY_PATH ? setxattr(o->path, attr, value, len, 0)
					   : lsetxattr(o->path, attr, value, len, 0);
	return rc ? xattr_fail(o, -errno, "set attribute", attr, err) : 0;
}

int xattr_remove(const struct xattr_object *o, const char *attr, struct err *err)
{
	int rc = o->via == XATTR_BY_FD	   ? fremovexattr(o->fd, attr)
		 : o->via == XATTR_BY_PATH ? removexattr(o->path, attr)
					   : lremovexattr(o->path, attr);
	return rc && errno != ENODATA ? xattr_fail(o, -errno, "remove attribute", attr, err) : 0;
}

int xattr_mode(const struct xattr_object *o, mode_t *mode, struct err *err)
{
	struct stat st;
	int rc = o->name ? fstatat(o->fd, o->name, &st, AT_SYMLINK_NOFOLLOW) : fstat(o->fd, &st);
	if (rc)
		return xattr_fail(o, -errno, "read", "mode", err);
	*mode = st.st_mode;
	return 0;
}
