/* xattr.h - the extended-attribute calls on one object, however it is named. See attrs.h for how and why.
 *
 * The object is a value that borrows descriptor and name. No state; any thread. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/base/err.h"

#include <sys/types.h>

enum {
	XATTR_VALUE_LIMIT = 64 << 10, /* Linux's own limits */
	XATTR_NAMES_LIMIT = 64 << 10,
	XATTR_PATH = 300, /* /proc/self/fd/ + 10 digits + / + 255 bytes */
};

enum xattr_via { XATTR_BY_FD, XATTR_BY_PATH, XATTR_BY_LINK };

struct xattr_object {
	int fd;
	const char *name; /* NULL: fd is the object */
	enum xattr_via via;
	char path[XATTR_PATH]; /* below /proc/self/fd; followed only where the end of it is a descriptor */
};

/* name, if any, is one component and not "..": anything else is -EINVAL. */
int xattr_object_init(struct xattr_object *o, int fd, const char *name, struct err *err);

/* The names, each terminated, appended to the empty buf; none where attributes are not supported. */
int xattr_names(const struct xattr_object *o, struct buf *out, struct err *err);
/* The value of attr, into the empty buf. 1, 0 when it is not there (any more), or -errno. */
int xattr_get(const struct xattr_object *o, const char *attr, struct buf *out, struct err *err);
int xattr_set(const struct xattr_object *o, const char *attr, const void *value, size_t len, struct err *err);
/* Not being there is as good as removed. */
int xattr_remove(const struct xattr_object *o, const char *attr, struct err *err);
int xattr_mode(const struct xattr_object *o, mode_t *mode, struct err *err);

/* Sets err to "object: doing attribute: reason". */
int xattr_fail(const struct xattr_object *o, int code, const char *doing, const char *attr, struct err *err);
