#include "xfer/tree/prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/tree/strings.h"
#include "xfer/tree/temp_name.h"

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static void strings_auto(struct strings *s)
{
	strings_fini(s);
}

/* All names in d. Read whole before the first is removed, so that the listing does not shift under us. */
static int names_of(struct strings *out, struct dir *d)
{
	int fd = dir_fd(d);
	if (fd < 0)
		return fd;
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	DIR *s = fdopendir(own);
	if (!s) {
		close(own);
		return -ENOMEM;
	}
	int r = 0;
	struct dirent *e;
	while (r == 0 && (errno = 0, e = readdir(s)))
		if (!is_dots(e->d_name))
			r = strings_add(out, e->d_name, strlen(e->d_name));
	if (r == 0 && errno)
		r = -errno;
	closedir(s);
	return r;
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

static int tell_failed(struct prune *p, const char *path, int error, const char *what)
{
	struct err e;
	err_set(&e, error, "%s", what);
	p->failed++;
	p->tell->failure(p->tell->ctx, path, strlen(path), e.text, tell_errnum(error));
	return 0;
}

/* A directory on the way down. */
struct level {
	struct dir *dir;
	char *path, *name;
	struct filter_dir *rules;
	struct strings names;
	size_t next;
	bool keeps;	   /* something in it stays */
	mode_t was_closed; /* the mode that it had before it was opened up; 0: nothing was done */
	struct level *up;
};

static void level_free(struct level *l)
{
	dir_unref(l->dir);
	free(l->path);
	free(l->name);
	filter_dir_unref(l->rules);
	strings_fini(&l->names);
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

static int level_push(struct prune *p, struct level **top, struct dir *at, const char *name, const char *path,
		      struct filter_dir *rules)
{
	struct level *l = calloc(1, sizeof *l);
	if (!l)
		return -ENOMEM;
	l->dir = dir_child(at, name, strlen(name));
	l->path = strdup(path);
	l->name = strdup(name);
	int r = l->dir && l->path && l->name ? 0 : -ENOMEM;
	if (r == 0)
		open_up(p, l);
	if (r == 0 && (r = names_of(&l->names, l->dir)) < 0 && r != -ENOMEM) {
		tell_failed(p, path, r, "list directory to delete");
		l->keeps = true;
		r = 0;
	}
	int fd = r == 0 ? dir_fd(l->dir) : -1;
	if (r == 0 && fd >= 0 && filter_dir_enter(&l->rules, p->filter, rules, fd, path, NULL) < 0)
		l->keeps = true; /* rules that cannot be read might protect anything */
	if (r < 0) {
		level_free(l);
		return r;
	}
	if (l->keeps)
		l->next = l->names.count;
	l->up = *top;
	*top = l;
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

/* Takes the next name of the directory on top. */
static int step(struct prune *p, struct level **top)
{
	struct level *l = *top;
	const char *name = l->names.at[l->next++];
	struct stat st;
	struct err ignored; /* the link keeps its failure, and whoever uses it next is told */
	if (p->alive && link_tick(p->alive, &ignored) < 0)
		return -EINTR;
	char *path;
	int fd = dir_fd(l->dir);
	if (asprintf(&path, "%s/%s", l->path, name) < 0)
		return -ENOMEM;
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
		r = level_push(p, top, l->dir, name, path, l->rules);
	} else if (!remove_one(p, l->dir, name, path, false)) {
		l->keeps = true;
	}
	free(path);
	return r;
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

	struct level *top = NULL;
	int r = level_push(p, &top, at, name, path, rules);
	bool gone = false;
	while (r == 0 && top) {
		if (top->next < top->names.count) {
			r = step(p, &top);
			continue;
		}
		struct level *done = top;
		top = done->up;
		gone = !done->keeps && remove_one(p, top ? top->dir : at, done->name, done->path, true);
		if (!gone)
			close_up(done);
		if (!gone && top)
			top->keeps = true;
		level_free(done);
	}
	while (top) {
		struct level *next = top->up;
		level_free(top);
		top = next;
	}
	return r < 0 ? err_set(err, r, "delete") : gone;
}

int prune_directory(struct prune *p, struct dir *d, const char *path, struct filter_dir *rules,
		    const struct nameset *keep, struct err *err)
{
	AUTO(strings_auto) struct strings names = { 0 };
	int r = names_of(&names, d);
	if (r < 0)
		return r == -ENOMEM ? err_set(err, r, "delete")
				    : tell_failed(p, path, r, "list directory to delete");
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.at[i];
		if (nameset_has(keep, name, strlen(name)))
			continue;
		char *full;
		struct stat st;
		int fd = dir_fd(d);
		if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* gone already */
		if (asprintf(&full, "%s%s%s", path, *path ? "/" : "", name) < 0)
			return err_set(err, -ENOMEM, "delete");
		bool other_fs = p->one_file_system && S_ISDIR(st.st_mode) && st.st_dev != dir_dev(d);
		if (!other_fs && filter_check(p->filter, rules, full, S_ISDIR(st.st_mode), FILTER_RECEIVER) !=
					 FILTER_EXCLUDE)
			r = prune_name(p, d, name, full, rules, err);
		free(full);
		if (r < 0)
			return r;
	}
	return 0;
}

int prune_count(struct dir *d, uint64_t *count, struct err *err)
{
	/* a stack of directories; what cannot be read does not count */
	size_t top = 0, room = 0;
	struct dir **stack = NULL, *now = dir_ref(d);
	int r = 0;
	while (now && r == 0) {
		AUTO(strings_auto) struct strings names = { 0 };
		r = names_of(&names, now) == -ENOMEM ? -ENOMEM : 0;
		for (size_t i = 0; r == 0 && i < names.count; i++) {
			struct stat st;
			int fd = dir_fd(now);
			++*count;
			if (fd < 0 || fstatat(fd, names.at[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			    !S_ISDIR(st.st_mode))
				continue;
			if (top == room) {
				struct dir **more = realloc(stack, (room = room ? room * 2 : 64) *
									   sizeof(struct dir *));
				if (!more) {
					r = -ENOMEM;
					break;
				}
				stack = more;
			}
			stack[top] = dir_child(now, names.at[i], strlen(names.at[i]));
			r = stack[top] ? 0 : -ENOMEM;
			top += r == 0;
		}
		dir_unref(now);
		now = top ? stack[--top] : NULL;
	}
	if (now)
		dir_unref(now);
	while (top)
		dir_unref(stack[--top]);
	free(stack);
	return r < 0 ? err_set(err, r, "count") : 0;
}
