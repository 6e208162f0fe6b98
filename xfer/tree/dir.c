#include "xfer/tree/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEEP_FREE = 28, OPEN_LIMIT = 512, OPEN_LEAST = 8 };

struct dir {
	struct dirs *pool;
	struct dir *parent; /* NULL: a root */
	char *name;	    /* of a root its path */
	bool closes;	    /* may be closed, and is opened again when it is needed */
	int fd;		    /* -1: closed */
	unsigned refs, pins;
	bool known; /* dev and ino are */
	dev_t dev;
	ino_t ino;
	struct dir *newer, *older; /* among the open ones that may be closed */
};

struct dirs {
	unsigned max_open, open;
	struct dir *newest, *oldest;
};

struct dirs *dirs_new(unsigned max_open)
{
	struct dirs *pool = calloc(1, sizeof *pool);
	if (!pool)
		return NULL;
	struct rlimit lim = { 256, 256 };
	getrlimit(RLIMIT_NOFILE, &lim);
	rlim_t spare = lim.rlim_cur > KEEP_FREE + OPEN_LEAST ? lim.rlim_cur - KEEP_FREE : OPEN_LEAST;
	if (!max_open)
		max_open = spare / 2 < OPEN_LIMIT ? (unsigned)(spare / 2) : OPEN_LIMIT;
	pool->max_open = max_open < OPEN_LEAST ? OPEN_LEAST : max_open;
	return pool;
}

void dirs_free(struct dirs *pool)
{
	if (pool)
		CHECK(pool->open == 0);
	free(pool);
}

unsigned dirs_max_open(const struct dirs *pool)
{
	return pool->max_open;
}

static void unlist(struct dir *d)
{
	struct dirs *pool = d->pool;
	*(d->newer ? &d->newer->older : &pool->newest) = d->older;
	*(d->older ? &d->older->newer : &pool->oldest) = d->newer;
	d->newer = d->older = NULL;
}

static void list_newest(struct dir *d)
{
	struct dirs *pool = d->pool;
	d->older = pool->newest;
	d->newer = NULL;
	*(pool->newest ? &pool->newest->newer : &pool->oldest) = d;
	pool->newest = d;
}

static void close_dir(struct dir *d)
{
	if (d->fd < 0)
		return;
	if (d->closes) {
		if (!d->pins)
			unlist(d);
		d->pool->open--;
	}
	close(d->fd);
	d->fd = -1;
}

struct dir *dir_root(struct dirs *pool, int fd, const char *path)
{
	struct dir *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	struct stat st;
	*d = (struct dir){ .pool = pool, .fd = fd, .refs = 1, .name = strdup(path) };
	if (!d->name || fstat(fd, &st) < 0) {
		free(d->name);
		free(d);
		return NULL;
	}
	d->dev = st.st_dev;
	d->ino = st.st_ino;
	d->known = true;
	return d;
}

/* Makes room for one more; keep stays open. */
static void close_old(struct dirs *pool, const struct dir *keep)
{
	while (pool->open >= pool->max_open) {
		struct dir *old = pool->oldest;
		if (old && old == keep)
			old = old->newer;
		if (!old)
			break; /* all pinned: the limit is soft */
		close_dir(old);
	}
}

struct dir *dir_root_named(struct dirs *pool, int fd, const char *path)
{
	struct dir *d = dir_root(pool, fd, path);
	if (!d)
		return NULL;
	close_old(pool, NULL);
	d->closes = true;
	pool->open++;
	list_newest(d);
	return d;
}

struct dir *dir_child(struct dir *parent, const char *name, size_t len)
{
	struct dir *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	*d = (struct dir){
		.pool = parent->pool, .fd = -1, .refs = 1, .closes = true, .name = strndup(name, len)
	};
	if (!d->name) {
		free(d);
		return NULL;
	}
	d->parent = dir_ref(parent);
	return d;
}

struct dir *dir_ref(struct dir *d)
{
	d->refs++;
	return d;
}

void dir_unref(struct dir *d)
{
	/* a loop, not a recursion: trees may be deeper than our stack */
	while (d && --d->refs == 0) {
		struct dir *parent = d->parent;
		CHECK(d->pins == 0);
		close_dir(d);
		free(d->name);
		free(d);
		d = parent;
	}
}

static int open_one(struct dir *d)
{
	/* a root's path is the user's, with the symlinks in it; it has to lead to the same directory again */
	int at = d->parent ? d->parent->fd : AT_FDCWD;
	int flags = O_DIRECTORY | O_CLOEXEC | (d->parent ? O_NOFOLLOW : 0);
	int fd = openat(at, d->name, O_RDONLY | flags);
	if (fd < 0 && errno == EACCES)
		fd = openat(at, d->name, O_PATH | flags);
	if (fd < 0)
		return errno == ELOOP ? -ENOTDIR : -errno;
	struct stat st;
	if (fstat(fd, &st) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	if (d->known && (st.st_dev != d->dev || st.st_ino != d->ino)) {
		close(fd);
		return -ESTALE;
	}
	d->dev = st.st_dev;
	d->ino = st.st_ino;
	d->known = true;
	d->fd = fd;
	d->pool->open++;
	if (!d->pins)
		list_newest(d);
	return 0;
}

/* Opens the missing components from the nearest open ancestor down. The way up is found again for each level:
 * quadratic in the number of missing levels, which is one nearly always. */
static int open_missing(struct dir *d)
{
	while (d->fd < 0) {
		struct dir *next = d;
		while (next->parent && next->parent->fd < 0)
			next = next->parent;
		close_old(d->pool, next->parent); /* which is needed in a moment */
		int r = open_one(next);
		if (r < 0)
			return r;
	}
	return 0;
}

int dir_fd(struct dir *d)
{
	if (d->fd < 0) {
		int r = open_missing(d);
		if (r < 0)
			return r;
	} else if (d->closes && !d->pins && d->pool->newest != d) {
		unlist(d);
		list_newest(d);
	}
	return d->fd;
}

int dir_pin(struct dir *d)
{
	int fd = dir_fd(d);
	if (fd < 0)
		return fd;
	if (d->pins++ == 0 && d->closes)
		unlist(d);
	return fd;
}

void dir_unpin(struct dir *d)
{
	CHECK(d->pins > 0);
	if (--d->pins == 0 && d->closes)
		list_newest(d);
}

int dir_renamed(struct dir *d, const char *name, size_t len)
{
	char *copy = strndup(name, len);
	if (!copy)
		return -ENOMEM;
	free(d->name);
	d->name = copy;
	return 0;
}

const char *dir_name(const struct dir *d)
{
	return d->name;
}

struct dir *dir_parent(const struct dir *d)
{
	return d->parent;
}

dev_t dir_dev(const struct dir *d)
{
	return d->dev;
}

ino_t dir_ino(const struct dir *d)
{
	return d->ino;
}

bool dir_is_known(const struct dir *d)
{
	return d->known;
}

void dir_expect(struct dir *d, dev_t dev, ino_t ino)
{
	d->known = true;
	d->dev = dev;
	d->ino = ino;
}

void dir_path(const struct dir *d, struct buf *out)
{
	/* written from the end, so that depth costs no stack */
	size_t need = 0;
	for (const struct dir *p = d; p; p = p->parent)
		need += strlen(p->name) + 1;
	uint8_t *to = buf_reserve(out, need);
	if (!to)
		return;
	size_t at = need;
	for (const struct dir *p = d; p; p = p->parent) {
		size_t n = strlen(p->name);
		to[--at] = '/';
		/* a root that ends in a slash does not get another */
		if (n && p->name[n - 1] == '/')
			n--;
		at -= n;
		memcpy(to + at, p->name, n);
	}
	memmove(to, to + at, need - at);
	out->len += need - at;
}
