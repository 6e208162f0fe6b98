#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/walk_impl.h"

/* --prune-empty-dirs: is there anything but directories in or below name? Looks ahead, depth first, and stops at the first
 * find; what cannot be read counts as something, so that it is told later. */
struct look {
	struct dir *dir;
	char *path; /* for the filter */
	struct filter_dir *rules;
	struct spill_list dirs; /* in it, not looked into yet: on top of what the walk parks */
	struct look *up;
};

static void look_pop(struct walk *w, struct look **top)
{
	struct look *l = *top;
	*top = l->up;
	spill_list_drop(&l->dirs, w->parked);
	dir_unref(l->dir);
	filter_dir_unref(l->rules);
	free(l->path);
	free(l);
}

/* One name: 1 when it counts, 0 when it does not (a directory is looked into later), -errno. */
static int look_at(struct walk *w, struct look *l, int fd, const char *name)
{
	struct stat st;
	char *path;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 1;
	if (asprintf(&path, "%s/%s", l->path, name) < 0)
		return -ENOMEM;
	bool counts = filter_is_empty(w->filter) ||
		      filter_check(w->filter, l->rules, path, S_ISDIR(st.st_mode), FILTER_SENDER) !=
			      FILTER_EXCLUDE;
	free(path);
	if (!counts || !S_ISDIR(st.st_mode))
		return counts;
	return spill_list_put(&l->dirs, w->parked, name, strlen(name) + 1, &w->err);
}

static int look_into(struct walk *w, struct look *l)
{
	int fd = dir_fd(l->dir);
	if (fd < 0)
		return 1;
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = own < 0 ? NULL : fdopendir(own);
	if (!d) {
		if (own >= 0)
			close(own);
		return 1;
	}
	struct filter_dir *rules = NULL;
	int r = filter_dir_enter(&rules, w->filter, l->rules, own, l->path, NULL);
	if (r == 0) {
		filter_dir_unref(l->rules);
		l->rules = rules;
	}
	for (struct dirent *e; r == 0 && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = look_at(w, l, own, e->d_name);
	closedir(d);
	return r;
}

/* Takes the path. As look_at. */
static int look_push(struct walk *w, struct look **top, struct dir *dir, char *path, struct filter_dir *rules)
{
	struct look *l = dir && path ? calloc(1, sizeof *l) : NULL;
	if (!l) {
		dir_unref(dir);
		free(path);
		return -ENOMEM;
	}
	*l = (struct look){ dir, path, filter_dir_ref(rules), spill_list_on(w->parked), *top };
	*top = l;
	return look_into(w, l);
}

bool walk_has_files(struct walk *w, struct dir *at, const char *name, size_t len)
{
	size_t n;
	struct look *top = NULL;
	int r = look_push(w, &top, dir_child(at, name, len), strdup(walk_path(w, name, len, &n)),
			  w->now->rules);
	while (r == 0 && top) {
		char kid[NAME_LIMIT + 1], *path;
		r = spill_list_take(&top->dirs, w->parked, kid, sizeof kid, &w->err);
		if (r == 0)
			look_pop(w, &top);
		if (r <= 0)
			continue;
		if (asprintf(&path, "%s/%s", top->path, kid) < 0)
			path = NULL;
		r = look_push(w, &top, dir_child(top->dir, kid, strlen(kid)), path, top->rules);
	}
	while (top)
		look_pop(w, &top);
	return r != 0;
}
