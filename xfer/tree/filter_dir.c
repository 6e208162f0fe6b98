#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/fd.h"
#include "xfer/tree/filter.h"
#include "xfer/tree/filter_set.h"

struct filter_dir *filter_dir_ref(struct filter_dir *d)
{
	if (d)
		atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

/* Gives one reference back. Returns true when it was the last. */
static bool release(struct filter_dir *d)
{
	return atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) == 1;
}

void filter_dir_unref(struct filter_dir *d)
{
	/* a loop, for a tree may be deeper than the stack */
	while (d && release(d)) {
		struct filter_dir *parent = d->parent;
		for (size_t i = 0; d->rules && i < d->slots.count; i++)
			rule_set_fini(&d->rules[i]);
		slots_fini(&d->slots);
		free(d->rules);
		free(d);
		d = parent;
	}
}

static void unrefp(struct filter_dir **d)
{
	filter_dir_unref(*d);
}

static int dir_new(struct filter_dir **out, const struct filter *f, struct filter_dir *parent,
		   const char *path)
{
	AUTO(unrefp) struct filter_dir *d = calloc(1, sizeof *d);
	if (!d)
		return -ENOMEM;
	atomic_init(&d->refs, 1);
	d->parent = filter_dir_ref(parent);
	d->base = *path ? strlen(path) + 1 : 0;
	d->weight = parent ? parent->weight : 0;
	/* room for all, as a file may declare slots while the list is being filled */
	d->rules = calloc(FILTER_SLOTS_MAX, sizeof *d->rules);
	if (!d->rules)
		return -ENOMEM;
	d->slots = parent ? parent->slots : f->slots;
	d->slots.borrowed = d->slots.count;
	*out = TAKE(d);
	return 0;
}

/* What a merge file may be: 0 for a file, -ENOENT for what counts as none, or why it will not do. */
static int judge(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return st->st_size > RULE_FILE_MAX ? -EFBIG : 0;
	if (S_ISDIR(st->st_mode))
		return -ENOENT;
	return S_ISLNK(st->st_mode) ? -ELOOP : -EINVAL;
}

/* Opens the merge file. Returns a descriptor, -ENOENT when there is none to read, or why it cannot be. */
static int open_merge_file(int dirfd, const char *name)
{
	struct stat st;

	/* looked at before it is opened, for opening a device may do something; and after, for it may have
	 * been replaced by a pipe, hence not blocking */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENAMETOOLONG ? -ENOENT : -errno;
	int rc = judge(&st);
	if (rc < 0)
		return rc;
	AUTO(fd_closep)
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	rc = judge(&st);
	if (rc < 0)
		return rc;
	int mine = fd;
	fd = -1;
	return mine;
}

/* Reads the merge file of one slot into d. */
static int read_slot(struct filter_dir *d, size_t slot, int dirfd, struct err *err)
{
	const struct slot *s = d->slots.at[slot];
	struct rule_set *set = &d->rules[slot];
	struct rule_adder adder = {
		.set = set,
		.slots = &d->slots,
		.first_slot = d->slots.count,
		.local = true,
		.weight = &d->weight,
		.limit = FILTER_DIR_WEIGHT,
	};
	struct rule_style style = { .container = s->flags };
	AUTO(fd_free_buffer) char *text = NULL;
	size_t len = 0;

	AUTO(fd_closep) int fd = open_merge_file(dirfd, s->name);
	int rc = fd == -ENOENT ? 0 : fd < 0 ? fd : rule_text_read(&text, &len, fd, RULE_FILE_MAX);
	if (rc == -EINVAL)
		return err_say(err, rc, "%s: filter rules must be in a regular file", s->name);
	if (rc < 0)
		return err_set(err, rc, "%s: read filter rules", s->name);
	if (text)
		rc = rule_text_parse_file(text, len, &style, &(struct rule_taker){ rule_adder_add, &adder },
					  err);
	if (rc < 0) {
		if (err)
			err_context(err, "%s", s->name);
		return rc;
	}
	if (s->flags & RULE_NO_INHERIT)
		set->cut = true;
	return 0;
}

/* True when the rules in force in d are not simply those of its parent. */
static bool differs(const struct filter_dir *d)
{
	const struct filter_dir *parent = d->parent;

	for (size_t i = 0; i < d->slots.count; i++) {
		const struct rule_set *own = &d->rules[i];
		bool keeps = own->cut && d->slots.at[i]->flags & RULE_NO_INHERIT;
		if (own->count || (own->cut && !keeps))
			return true;
		/* the slot's rules end at their directory: there may be some to end */
		if (keeps && parent && i < parent->slots.count && parent->rules[i].count)
			return true;
	}
	return false;
}

int filter_dir_enter(struct filter_dir **out, const struct filter *f, struct filter_dir *parent, int dirfd,
		     const char *path, struct err *err)
{
	*out = NULL;
	if (!f->slots.count)
		return 0;

	AUTO(unrefp) struct filter_dir *d = NULL;
	int rc = dir_new(&d, f, parent, path);
	if (rc < 0)
		return err_set(err, rc, "%s: filter rules", path);
	/* slots that a file declares are read in the same directory already, so the count is not fixed */
	for (size_t i = 0; i < d->slots.count; i++) {
		rc = read_slot(d, i, dirfd, err);
		if (rc < 0) {
			if (err && *path)
				err_context(err, "%s", path);
			return rc;
		}
	}
	*out = differs(d) ? TAKE(d) : filter_dir_ref(parent);
	return 0;
}
