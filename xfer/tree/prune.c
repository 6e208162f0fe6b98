#include "xfer/tree/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/tree/dir_names.h"
#include "xfer/tree/temp_name.h"

/* Names that wait for their turn are a stack of lists, the deepest directory's on top. */
enum { NAMES_MEMORY = 1 << 20 };

static void spill_auto(struct spill **s)
{
	spill_free(*s);
}

static void tell_deleted(struct prune *p, const char *path, bool is_dir)
{
	size_t n = strlen(path);
	char *shown = malloc(n + 2);
	p->deleted++;
	if (!shown)
		return;
	memcpy(shown, path, n);
	shown[n] = '/';
	p->tell->item(p->tell->ctx, "*deleting  ", shown, n + is_dir, NULL);
	free(shown);
}

static int tell_err(struct prune *p, const char *path, const struct err *e)
{
	p->failed++;
	p->tell->failure(p->tell->ctx, path, strlen(path), e->text, tell_errnum(e->code));
	return 0;
}

static int tell_failed(struct prune *p, const char *path, int error, const char *what)
{
	struct err e;
	err_set(&e, error, "%s", what);
	return tell_err(p, path, &e);
}

/* A directory on the way down. */
struct level {
	struct dir *dir;
	char *path, *name;
	struct filter_dir *rules;
	struct spill_list names;
	bool keeps;	   /* something in it stays */
	mode_t was_closed; /* the mode that it had before it was opened up; 0: nothing was done */
	struct level *up;
};

/* The directories from the first one, which is to be deleted, down, and their names. */
struct descent {
	struct prune *p;
	struct level *top;
	struct spill *names;
	struct err *err;
};

static void level_pop(struct descent *d)
{
	struct level *l = d->top;
	d->top = l->up;
	spill_list_drop(&l->names, d->names);
	dir_unref(l->dir);
	free(l->path);
	free(l->name);
	filter_dir_unref(l->rules);
	free(l);
}

/* A user's own directory that he may not write to would keep what is in it. */
static void open_up(const struct prune *p, struct level *l)
{
	struct stat st;
	int fd = geteuid() && !p->dry_run ? dir_fd(dir_parent(l->dir)) : -1;
	if (fd < 0 || fstatat(fd, l->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode) ||
	    (st.st_mode & 0700) == 0700)
		return;
	if (fchmodat(fd, l->name, (st.st_mode & 07777) | 0700, AT_SYMLINK_NOFOLLOW) == 0)
		l->was_closed = st.st_mode;
}

static void close_up(const struct level *l)
{
	int fd = l->was_closed ? dir_fd(dir_parent(l->dir)) : -1;
	if (fd >= 0 && fchmodat(fd, l->name, l->was_closed & 07777, AT_SYMLINK_NOFOLLOW) < 0)
		return; /* it is somebody else's by now */
}

static int level_push(struct descent *d, struct dir *at, const char *name, const char *path,
		      struct filter_dir *rules)
{
	struct prune *p = d->p;
	struct level *l = calloc(1, sizeof *l);
	if (!l)
		return err_set(d->err, -ENOMEM, "delete");
	l->names = spill_list_on(d->names);
	l->up = d->top;
	d->top = l;
	l->dir = dir_child(at, name, strlen(name));
	l->path = strdup(path);
	l->name = strdup(name);
	if (!l->dir || !l->path || !l->name)
		return err_set(d->err, -ENOMEM, "delete");
	open_up(p, l);
	int r = dir_names(&l->names, d->names, l->dir, d->err);
	if (r < 0)
		return r;
	if (r > 0)
		tell_err(p, path, d->err);
	int fd = dir_fd(l->dir);
	/* rules that cannot be read might protect anything */
	l->keeps = r > 0 || (fd >= 0 && filter_dir_enter(&l->rules, p->filter, rules, fd, path, NULL) < 0);
	if (l->keeps)
		spill_list_drop(&l->names, d->names);
	return 0;
}

/* Removes one thing that is not a directory, or an empty directory. 1: gone. */
static int remove_one(struct prune *p, struct dir *at, const char *name, const char *path, bool is_dir)
{
	if (p->deleted >= p->limit && !temp_name_is(name, strlen(name))) {
		p->refused++;
		return 0;
	}
	int fd = dir_fd(at);
	if (fd < 0)
		return tell_failed(p, path, fd, "delete");
	if (!p->dry_run && unlinkat(fd, name, is_dir ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT)
		return tell_failed(p, path, -errno, is_dir ? "delete directory" : "delete");
	if (!temp_name_is(name, strlen(name)) && !(p->replaced && strcmp(path, p->replaced) == 0))
		tell_deleted(p, path, is_dir);
	return 1;
}

/* One name of the directory on top. */
static int step(struct descent *d, const char *name)
{
	struct prune *p = d->p;
	struct level *l = d->top;
	struct stat st;
	struct err ignored; /* the link keeps its failure, and whoever uses it next is told */
	if (p->alive && link_tick(p->alive, &ignored) < 0)
		return err_set(d->err, -EINTR, "delete");
	char *path;
	int fd = dir_fd(l->dir);
	if (asprintf(&path, "%s/%s", l->path, name) < 0)
		return err_set(d->err, -ENOMEM, "delete");
	int r = 0;
	if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (fd < 0 || errno != ENOENT) {
			tell_failed(p, path, fd < 0 ? fd : -errno, "delete");
			l->keeps = true;
		}
	} else if (filter_check(p->filter, l->rules, path, S_ISDIR(st.st_mode), FILTER_REMOVING) ==
		   FILTER_EXCLUDE) {
		l->keeps = true;
	} else if (p->one_file_system && S_ISDIR(st.st_mode) && st.st_dev != dir_dev(l->dir)) {
		l->keeps = true;
	} else if (S_ISDIR(st.st_mode)) {
		r = level_push(d, l->dir, name, path, l->rules);
	} else if (!remove_one(p, l->dir, name, path, false)) {
		l->keeps = true;
	}
	free(path);
	return r;
}

/* All in the directory on top was seen: removes it, if nothing stays. at: where the first one stands. */
static bool leave_level(struct descent *d, struct dir *at)
{
	struct level *l = d->top;
	bool gone = !l->keeps && remove_one(d->p, l->up ? l->up->dir : at, l->name, l->path, true);
	if (!gone)
		close_up(l);
	if (!gone && l->up)
		l->up->keeps = true;
	level_pop(d);
	return gone;
}

int prune_name(struct prune *p, struct dir *at, const char *name, const char *path, struct filter_dir *rules,
	       struct err *err)
{
	struct stat st;
	int fd = dir_fd(at);
	if (fd < 0)
		return tell_failed(p, path, fd, "delete");
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 1 : tell_failed(p, path, -errno, "delete");
	if (!S_ISDIR(st.st_mode))
		return remove_one(p, at, name, path, false);

	AUTO(spill_auto) struct spill *names = spill_new(p->spill_dir, NAMES_MEMORY);
	struct descent d = { .p = p, .names = names, .err = err };
	int r = names ? level_push(&d, at, name, path, rules) : err_set(err, -ENOMEM, "delete");
	bool gone = false;
	while (r == 0 && d.top) {
		char kid[NAME_MAX + 1];
		r = dir_names_take(&d.top->names, names, kid, err);
		if (r > 0)
			r = step(&d, kid);
		else if (r == 0)
			gone = leave_level(&d, at);
	}
	while (d.top)
		level_pop(&d);
	return r < 0 ? r : gone;
}

/* One name of the directory that is to be pruned. */
int prune_extra(struct prune *p, struct dir *d, const char *path, struct filter_dir *rules, const char *name,
		struct err *err)
{
	char *full;
	struct stat st;
	int fd = dir_fd(d), r = 0;
	if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone already */
	if (asprintf(&full, "%s%s%s", path, *path ? "/" : "", name) < 0)
		return err_set(err, -ENOMEM, "delete");
	bool other_fs = p->one_file_system && S_ISDIR(st.st_mode) && st.st_dev != dir_dev(d);
	if (!other_fs &&
	    filter_check(p->filter, rules, full, S_ISDIR(st.st_mode), FILTER_RECEIVER) != FILTER_EXCLUDE)
		r = prune_name(p, d, name, full, rules, err);
	free(full);
	return r < 0 ? r : 0;
}

static int prune_unless_spared(struct prune *p, struct dir *d, const char *path, struct filter_dir *rules,
			       const char *name, struct err *err)
{
	struct stat st;
	int fd = p->spares ? dir_fd(d) : -1;
	if (fd >= 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    p->spares(p->ctx, d, name, S_ISDIR(st.st_mode)))
		return 0;
	return prune_extra(p, d, path, rules, name, err);
}

int prune_directory(struct prune *p, struct dir *d, const char *path, struct filter_dir *rules,
		    struct nameset *keep, struct err *err)
{
	AUTO(spill_auto) struct spill *spill = spill_new(p->spill_dir, NAMES_MEMORY);
	struct spill_list names;
	int r = spill ? dir_names(&names, spill, d, err) : err_set(err, -ENOMEM, "delete");
	if (r != 0)
		return r < 0 ? r : tell_err(p, path, err);
	char name[NAME_MAX + 1];
	while ((r = dir_names_take(&names, spill, name, err)) > 0) {
		r = nameset_has(keep, name, strlen(name), err);
		if (r == 0)
			r = prune_unless_spared(p, d, path, rules, name, err);
		if (r < 0)
			break;
	}
	return r;
}
