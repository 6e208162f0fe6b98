#include "xfer/tree/stream_out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/tree/chmod_spec.h"
#include "xfer/tree/new_file.h"
#include "xfer/tree/target.h"
#include "xfer/tree/temp_name.h"

enum { WAIT_MS = 1000 };

struct stream_out {
	const struct options *o;
	struct link *link;
	char *path; /* for people */
	int fd;	    /* -1: closed */
	uint64_t at;
	bool may_block; /* a pipe, a terminal: written in pieces that do not block when poll says so */

	/* a new file; else dirs is NULL */
	struct dirs *dirs;
	struct target target; /* the directory, and the name in it */
	char temp[TEMP_NAME_SIZE];
	bool have_temp, existed;
	struct stat old;
	struct chmod_spec *chmod;
};

static int say(const struct stream_out *s, int code, const char *what, struct err *err)
{
	return err_set(err, code, "%s: %s", s->path, what);
}

static int open_stdout(struct stream_out *s, struct err *err)
{
	struct stat st;
	s->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return say(s, -errno, "open", err);
	s->may_block = !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
	return 0;
}

/* A fifo or device, which st described. */
static int open_straight(struct stream_out *s, const struct stat *then, struct err *err)
{
	struct stat st;
	s->fd = open(s->path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (s->fd < 0 && errno == ENXIO && S_ISFIFO(then->st_mode))
		return err_say(err, -ENXIO, "%s: nobody reads this fifo; start its reader first", s->path);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return say(s, -errno, "open", err);
	if (st.st_dev != then->st_dev || st.st_ino != then->st_ino)
		return err_say(err, -ESTALE, "%s: was replaced while it was opened", s->path);
	s->may_block = !S_ISBLK(st.st_mode);
	return 0;
}

/* Is what has the temporary name the file that fd is? */
static bool has_name(int fd, int dir, const char *name)
{
	struct stat a, b;
	return fstat(fd, &a) == 0 && fstatat(dir, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool lock(int fd, int how)
{
	return flock(fd, how | LOCK_NB) == 0 || errno != EWOULDBLOCK; /* not every file system can */
}

static int busy(const struct stream_out *s, struct err *err)
{
	return err_say(err, -EBUSY, "%s: another run of xfer is writing it", s->path);
}

/* Removes what an interrupted run left, not what another writes now. */
static int remove_left_over(struct stream_out *s, int dir, struct err *err)
{
	int fd = openat(dir, s->temp, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int code = 0;
	if (fd >= 0 && !lock(fd, LOCK_EX))
		code = busy(s, err);
	else if (unlinkat(dir, s->temp, 0) < 0 && errno != ENOENT)
		code = say(s, -errno, "remove what an interrupted run left", err);
	if (fd >= 0)
		close(fd);
	return code;
}

static int create(struct stream_out *s, int dir, struct err *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	temp_name(s->temp, s->target.rename, strlen(s->target.rename));
	s->fd = openat(dir, s->temp, flags, 0600);
	if (s->fd < 0 && errno == EEXIST) {
		int code = remove_left_over(s, dir, err);
		if (code < 0)
			return code;
		s->fd = openat(dir, s->temp, flags, 0600);
	}
	if (s->fd < 0)
		return errno == EEXIST ? busy(s, err) : say(s, -errno, "create", err);
	/* whoever found it before it was locked has taken it for a left-over */
	if (!lock(s->fd, LOCK_EX) || !has_name(s->fd, dir, s->temp))
		return busy(s, err);
	s->have_temp = true;
	return 0;
}

/* Streams beside each other may be what makes their directory; nothing was concluded from its not being there. */
static int open_target(struct stream_out *s, struct err *err)
{
	int code = target_open(&s->target, s->dirs, s->path, "stream", s->o, err);
	if (code == 0)
		code = target_make(&s->target, s->dirs, s->o, err);
	if (code != -EEXIST)
		return code;
	target_close(&s->target);
	code = target_open(&s->target, s->dirs, s->path, "stream", s->o, err);
	if (code == 0 && !s->target.root)
		code = err_say(err, -ENOENT, "%s: its directory was taken away meanwhile", s->path);
	s->target.created = true; /* its name may not be on disk yet */
	return code;
}

static int open_new(struct stream_out *s, struct err *err)
{
	int code = s->o->chmod ? chmod_parse(&s->chmod, s->o->chmod, err) : 0;
	if (code < 0)
		return code;
	s->dirs = dirs_new(0);
	if (!s->dirs)
		return say(s, -ENOMEM, "open", err);
	code = open_target(s, err);
	if (code < 0)
		return code;
	int dir = dir_fd(s->target.root);
	if (dir < 0)
		return say(s, dir, "its directory", err);
	/* a tree is being written there, and what it does not know would be taken for a left-over */
	if (!lock(dir, LOCK_SH))
		return err_say(err, -EBUSY, "%s: another run of xfer is writing into its directory", s->path);
	s->existed = s->target.rename && fstatat(dir, s->target.rename, &s->old, AT_SYMLINK_NOFOLLOW) == 0;
	if (!s->target.rename || (s->existed && !S_ISREG(s->old.st_mode)))
		return err_say(err, -ESTALE, "%s: was replaced while it was opened", s->path);
	return create(s, dir, err);
}

static int open_named(struct stream_out *s, struct err *err)
{
	struct stat st;
	size_t n = strlen(s->path);
	bool there = lstat(s->path, &st) == 0;
	if ((there && S_ISDIR(st.st_mode)) || (n && s->path[n - 1] == '/'))
		return err_say(err, -EISDIR, "%s: is a directory; name the file that is to be written",
			       s->path);
	if (there && S_ISLNK(st.st_mode)) /* whoever owns the directory chose where it leads */
		return err_say(err, -ELOOP,
			       "%s: is a symbolic link; name what it leads to (- is standard output)",
			       s->path);
	return there && !S_ISREG(st.st_mode) ? open_straight(s, &st, err) : open_new(s, err);
}

int stream_out_open(struct stream_out **out, const char *path, const struct options *o, struct link *link,
		    struct err *err)
{
	struct stream_out *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "stream");
	*s = (struct stream_out){ .o = o, .link = link, .fd = -1 };
	s->path = strdup(path ? path : "standard output");
	int code = !s->path ? err_set(err, -ENOMEM, "stream")
		   : path   ? open_named(s, err)
			    : open_stdout(s, err);
	if (code < 0)
		stream_out_free(s);
	else
		*out = s;
	return code;
}

/* One piece to a reader that may be slow: the link is kept alive meanwhile. Bytes or -errno. */
static ssize_t write_slowly(struct stream_out *s, const uint8_t *data, size_t len, struct err *err)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };
	int ready = poll(&p, 1, WAIT_MS), code = link_tick(s->link, err);
	if (ready <= 0 || code < 0)
		return code;
	/* poll promises room for this much in a pipe */
	ssize_t n = write(s->fd, data, len < PIPE_BUF ? len : PIPE_BUF);
	if (n >= 0 || errno == EAGAIN || errno == EINTR)
		return n < 0 ? 0 : n;
	if (errno == EPIPE)
		return err_say(err, -EIO, "%s: nobody reads it any more", s->path);
	return say(s, -errno, "write", err);
}

int stream_out_write(struct stream_out *s, const uint8_t *data, size_t len, struct err *err)
{
	if (s->have_temp) {
		int code = new_file_write(s->fd, data, len, s->at, s->o->sparse);
		s->at += len;
		return code < 0 ? say(s, code, "write", err) : 0;
	}
	while (len) {
		ssize_t n = s->may_block ? write_slowly(s, data, len, err) : write(s->fd, data, len);
		if (n < 0 && s->may_block)
			return (int)n;
		if (n < 0 && errno != EINTR)
			return say(s, -errno, "write", err);
		data += n < 0 ? 0 : n;
		len -= n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

/* As > would: a file that was there keeps its owner and mode, a new one gets what the umask leaves. */
static int set_owner_and_mode(struct stream_out *s, struct err *err)
{
	mode_t mask = umask(0), mode = s->existed ? s->old.st_mode & 07777 : 0666 & ~mask;
	umask(mask);
	struct stat st;
	bool kept = !s->existed || fchown(s->fd, s->old.st_uid, s->old.st_gid) == 0 ||
		    fchown(s->fd, (uid_t)-1, s->old.st_gid) == 0;
	if (fstat(s->fd, &st) < 0)
		return say(s, -errno, "stat", err);
	/* rights meant for another owner or group are not given to this one */
	if (s->existed && (st.st_uid != s->old.st_uid || st.st_gid != s->old.st_gid))
		mode &= 0777;
	if (!kept)
		mode &= ~(mode_t)070 | (mode & 07) << 3;
	mode = chmod_apply(s->chmod, S_IFREG | mode) & 07777;
	return fchmod(s->fd, mode) < 0 ? say(s, -errno, "set its mode", err) : 0;
}

static int close_written(struct stream_out *s, struct err *err)
{
	int fd = s->fd;
	s->fd = -1;
	/* an error of close is one of writing, on network file systems */
	return close(fd) < 0 ? say(s, -errno, "close", err) : 0;
}

/* The lock is kept until the file has its name. */
static int name_it(struct stream_out *s, struct err *err)
{
	int dir = dir_fd(s->target.root);
	if (dir < 0)
		return say(s, dir, "its directory", err);
	if (!has_name(s->fd, dir, s->temp))
		return err_say(err, -ESTALE, "%s: what was written of it was taken away meanwhile", s->path);
	if (renameat(dir, s->temp, dir, s->target.rename) < 0)
		return say(s, -errno, "give it its name", err);
	s->have_temp = false;
	/* directories that were made for it are new names too */
	if (s->o->fsync && (s->target.created ? syncfs(dir) : fsync(dir)) < 0)
		return say(s, -errno, "sync its directory", err);
	return close_written(s, err);
}

int stream_out_commit(struct stream_out *s, struct err *err)
{
	if (!s->have_temp) {
		/* a pipe cannot be synced, and need not */
		if (s->o->fsync && fsync(s->fd) < 0 && errno != EINVAL && errno != EROFS)
			return say(s, -errno, "sync", err);
		return close_written(s, err);
	}
	if (ftruncate(s->fd, (off_t)s->at) < 0)
		return say(s, -errno, "set its size", err);
	int code = set_owner_and_mode(s, err);
	if (code == 0 && s->o->fsync && fsync(s->fd) < 0)
		return say(s, -errno, "sync", err);
	return code < 0 ? code : name_it(s, err);
}

bool stream_out_existed(const struct stream_out *s)
{
	return s->existed;
}

const char *stream_out_name(const struct stream_out *s)
{
	return s->target.rename;
}

void stream_out_free(struct stream_out *s)
{
	if (!s)
		return;
	int dir = s->have_temp ? dir_fd(s->target.root) : -1;
	if (dir >= 0 && has_name(s->fd, dir, s->temp))
		unlinkat(dir, s->temp, 0);
	if (s->fd >= 0)
		close(s->fd);
	target_close(&s->target);
	dirs_free(s->dirs);
	chmod_free(s->chmod);
	free(s->path);
	free(s);
}
