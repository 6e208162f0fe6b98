#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/walk_impl.h"

/* --prune-empty-dirs: is there anything but directories in or below name? Looks ahead with its own stack, and stops at the
 * first find; what cannot be read counts as something, so that it is told later. */
struct look {
	struct dir *dir;
	char *path; /* for the filter */
	struct filter_dir *rules;
	struct look *next;
};

static void look_free(struct look *l)
{
	dir_unref(l->dir);
	filter_dir_unref(l->rules);
	free(l->path);
	free(l);
}

static int look_push(struct look **stack, struct dir *parent, const char *name, size_t len, const char *path,
		     struct filter_dir *rules)
{
	struct look *l = calloc(1, sizeof *l);
	if (!l)
		return -ENOMEM;
	*l = (struct look){ .dir = dir_child(parent, name, len),
			    .path = strdup(path),
			    .rules = filter_dir_ref(rules) };
	if (!l->dir || !l->path) {
		look_free(l);
		return -ENOMEM;
	}
	l->next = *stack;
	*stack = l;
	return 0;
}

/* One name: 1 when it counts, 0 when it does not (a directory goes onto the stack), -errno. */
static int look_at(struct walk *w, struct look *l, int fd, const char *name, struct look **stack)
{
	struct stat st;
	char *path;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 1;
	if (asprintf(&path, "%s/%s", l->path, name) < 0)
		return -ENOMEM;
	int r = 0;
	if (filter_is_empty(w->filter) ||
	    filter_check(w->filter, l->rules, path, S_ISDIR(st.st_mode), FILTER_SENDER) != FILTER_EXCLUDE)
		r = S_ISDIR(st.st_mode) ? look_push(stack, l->dir, name, strlen(name), path, l->rules) : 1;
	free(path);
	return r;
}

static int look_into(struct walk *w, struct look *l, struct look **stack)
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
			r = look_at(w, l, own, e->d_name, stack);
	closedir(d);
	return r;
}

bool walk_has_files(struct walk *w, struct dir *at, const char *name, size_t len)
{
	size_t n;
	struct look *stack = NULL;
	int r = look_push(&stack, at, name, len, walk_path(w, name, len, &n), w->now->rules);
	while (r == 0 && stack) {
		struct look *l = stack;
		stack = l->next;
		r = look_into(w, l, &stack);
		look_free(l);
	}
	while (stack) {
		struct look *l = stack;
		stack = l->next;
		look_free(l);
	}
	return r != 0;
}
