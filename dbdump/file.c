#include "dbdump/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/buf.h"

struct file {
	int fd, dir;
	bool replace, made;
	char *shown;	   /* as it was given */
	char *name, *temp; /* in dir; NULL: standard output */
};

static int failed(struct err *err, int code, const char *name, const char *what)
{
	return err_say(err, code == ENOSPC || code == EDQUOT ? -ENOSPC : -EPIPE, "%s: %s: %s", name, what,
		       strerror(code));
}

/* Takes the path apart and opens its directory. */
static int open_dir(struct file *f, struct err *err)
{
	const char *slash = strrchr(f->shown, '/');
	char *dir = slash ? strndup(f->shown, slash == f->shown ? 1 : (size_t)(slash - f->shown))
			  : strdup(".");
	f->name = strdup(slash ? slash + 1 : f->shown);
	if (!dir || !f->name || asprintf(&f->temp, ".%s.dbdump", f->name) < 0) {
		f->temp = NULL;
		free(dir);
		return err_set(err, -ENOMEM, "%s", f->shown);
	}
	f->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	return f->dir < 0 ? failed(err, errno, f->shown, "its directory") : 0;
}

static int check_free(const struct file *f, struct err *err)
{
	struct stat st;
	if (!*f->name)
		return err_say(err, -EINVAL, "%s: it is no name of a file", f->shown);
	if (fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed(err, errno, f->shown, "look at it");
	if (!S_ISREG(st.st_mode))
		return err_say(err, -ENOTEMPTY, "%s: something is there that is no file", f->shown);
	return f->replace ? 0
			  : err_say(err, -ENOTEMPTY, "%s is there already; --drop-existing replaces it",
				    f->shown);
}

/* Empty, ours alone. Another run may have put it in place between opening and locking: then it is not the one of this name. */
static int open_temp(struct file *f, struct err *err)
{
	struct stat own, there;
	f->fd = openat(f->dir, f->temp, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return failed(err, errno, f->shown, "make it");
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
		return err_say(err, -ENOTEMPTY, "%s: another run writes it", f->shown);
	if (fstat(f->fd, &own) < 0 || fstatat(f->dir, f->temp, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    own.st_ino != there.st_ino || !S_ISREG(own.st_mode))
		return err_say(err, -ENOTEMPTY, "%s: another run writes it", f->shown);
	f->made = true;
	if (fchmod(f->fd, 0600) < 0 || ftruncate(f->fd, 0) < 0)
		return failed(err, errno, f->shown, "make it");
	return 0;
}

int file_open(struct file **out, const char *name, bool replace, struct err *err)
{
	AUTO(file_closep) struct file *f = calloc(1, sizeof *f);
	if (!f || !(f->shown = strdup(name)))
		return err_set(err, -ENOMEM, "%s", name);
	f->fd = f->dir = -1;
	f->replace = replace;
	int rc = 0;
	if (strcmp(name, "-") == 0) {
		f->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		if (f->fd < 0)
			rc = failed(err, errno, "standard output", "open it");
	} else {
		rc = open_dir(f, err);
		if (rc == 0)
			rc = check_free(f, err);
		if (rc == 0)
			rc = open_temp(f, err);
	}
	if (rc == 0)
		*out = TAKE(f);
	return rc;
}

void file_close(struct file *f)
{
	if (!f)
		return;
	if (f->made)
		unlinkat(f->dir, f->temp, 0);
	if (f->fd >= 0)
		close(f->fd);
	if (f->dir >= 0)
		close(f->dir);
	free(f->shown);
	free(f->name);
	free(f->temp);
	free(f);
}

void file_closep(struct file **f)
{
	file_close(*f);
	*f = NULL;
}

int file_reserve(struct file *f, size_t len, struct err *err)
{
	int rc;
	do
		rc = fallocate(f->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)len);
	while (rc < 0 && errno == EINTR);
	bool full = rc < 0 && (errno == ENOSPC || errno == EDQUOT);
	return full ? failed(err, errno, f->name ? f->shown : "standard output", "make room") : 0;
}

int file_write(struct file *f, const void *data, size_t len, struct err *err)
{
	const char *from = data;
	while (len) {
		ssize_t n = write(f->fd, from, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(err, errno, f->name ? f->shown : "standard output", "write");
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_commit(struct file *f, struct err *err)
{
	if (!f->name)
		return 0;
	if (fsync(f->fd) < 0)
		return failed(err, errno, f->shown, "fsync");
	unsigned keep = f->replace ? 0 : RENAME_NOREPLACE;
	int rc = renameat2(f->dir, f->temp, f->dir, f->name, keep);
	if (rc < 0 && errno == EEXIST)
		return err_say(err, -ENOTEMPTY, "%s: it was made meanwhile", f->shown);
	if (rc < 0 && errno == EINVAL) /* a file system that cannot say "not if it is there" */
		rc = renameat(f->dir, f->temp, f->dir, f->name);
	if (rc < 0)
		return failed(err, errno, f->shown, "rename");
	f->made = false;
	return fsync(f->dir) < 0 ? failed(err, errno, f->shown, "fsync of its directory") : 0;
}
