#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xfer/tree/dir_names.h"
#include "xfer/tree/prune.h"

enum { NAMES_MEMORY = 1 << 20 };

/* A directory on the way down, and what of it is to be counted yet. */
struct level {
	struct dir *dir;
	struct spill_list names;
	struct level *up;
};

static int push(struct level **top, struct spill *names, struct dir *d, struct err *err)
{
	struct level *l = d ? calloc(1, sizeof *l) : NULL;
	if (!l) {
		dir_unref(d);
		return err_set(err, -ENOMEM, "count");
	}
	*l = (struct level){ .dir = d, .up = *top };
	*top = l;
	/* what cannot be read does not count */
	int r = dir_names(&l->names, names, d, err);
	return r < 0 ? r : 0;
}

static void pop(struct level **top, struct spill *names)
{
	struct level *l = *top;
	*top = l->up;
	spill_list_drop(&l->names, names);
	dir_unref(l->dir);
	free(l);
}

int prune_count(const struct prune *p, struct dir *d, uint64_t *count, struct err *err)
{
	struct level *top = NULL;
	struct spill *names = spill_new(p->spill_dir, NAMES_MEMORY);
	int r = names ? push(&top, names, dir_ref(d), err) : err_set(err, -ENOMEM, "count");
	while (r == 0 && top) {
		char name[NAME_MAX + 1];
		struct stat st;
		r = dir_names_take(&top->names, names, name, err);
		if (r == 0)
			pop(&top, names);
		if (r <= 0)
			continue;
		r = 0;
		++*count;
		int fd = dir_fd(top->dir);
		if (fd >= 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
			r = push(&top, names, dir_child(top->dir, name, strlen(name)), err);
	}
	while (top)
		pop(&top, names);
	spill_free(names);
	return r;
}
