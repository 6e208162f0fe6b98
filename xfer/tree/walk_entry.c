#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "xfer/tree/attrs.h"
#include "xfer/tree/content_hash.h"
#include "xfer/tree/link_target.h"
#include "xfer/tree/temp_name.h"
#include "xfer/tree/walk_impl.h"

static void warn(struct walk *w, const char *name, size_t len, const char *what)
{
	size_t n;
	const char *path = walk_path(w, name, len, &n);
	char *text;
	if (asprintf(&text, "%s: %s", path, what) < 0)
		return;
	w->tell->warning(w->tell->ctx, text);
	free(text);
}

/* Is this kind of thing wanted at all? */
static bool type_wanted(const struct options *o, mode_t mode)
{
	if (o->list_only)
		return true;
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		return true;
	case S_IFLNK:
		return o->links;
	case S_IFCHR:
	case S_IFBLK:
		return o->devices;
	default:
		return o->specials;
	}
}

static void announce(struct walk *w, enum id_kind kind, uint32_t id)
{
	if (!w->o->numeric_ids && ids_first_use(w->ids, kind, id) && *ids_name(w->ids, kind, id))
		w->target->owner(w->target->ctx, kind, id, ids_name(w->ids, kind, id));
}

static void announce_visit(void *arg, enum id_kind kind, uint32_t id)
{
	announce(arg, kind, id);
}

void walk_announce(struct walk *w, uint32_t uid, uint32_t gid)
{
	announce(w, ID_USER, uid);
	announce(w, ID_GROUP, gid);
}

static void from_stat(const struct walk *w, struct entry *e, const struct stat *st)
{
	e->dev = st->st_dev;
	e->ino = st->st_ino;
	e->mode = st->st_mode;
	e->uid = st->st_uid;
	e->gid = st->st_gid;
	e->mtime = st->st_mtim.tv_sec;
	e->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	if (S_ISREG(st->st_mode)) {
		e->size = (uint64_t)st->st_size;
		e->alloc = (uint64_t)st->st_blocks * 512;
		e->sparse = e->alloc < e->size;
	} else if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		e->rdev = st->st_rdev;
	} else if (S_ISDIR(st->st_mode) && w->o->list_only) {
		e->alloc = (uint64_t)st->st_size;
		e->sparse = true;
	}
}

/* Fills what needs more calls than stat: target, attributes, links, content. 0, 1 for "leave it out", -errno. */
static int complete(struct walk *w, struct entry *e, const struct stat *st, int at_fd, const char *name)
{
	const struct options *o = w->o;
	const char *inside = *name ? name : NULL; /* the root is its own descriptor */
	if (S_ISLNK(e->mode)) {
		ssize_t n = readlinkat(at_fd, name, w->target_text, TARGET_LIMIT);
		if (n < 0)
			return -errno;
		w->target_text[n] = '\0';
		e->target = w->target_text;
		e->target_len = (size_t)n;
		size_t path_len;
		if (o->safe_links &&
		    !link_is_safe(w->target_text, walk_path(w, e->name, e->name_len, &path_len))) {
			warn(w, e->name, e->name_len,
			     "symbolic link leads out of the tree: left out (--safe-links)");
			return 1;
		}
	}
	if (o->acls || o->xattrs) {
		buf_clear(&w->attrs);
		int r = attrs_read(&w->attrs, at_fd, inside, o->acls, o->xattrs, NULL);
		if (r < 0)
			return r;
		e->attrs = w->attrs.data;
		e->attrs_len = w->attrs.len;
		if (o->acls && e->attrs_len)
			attrs_each_id(e->attrs, e->attrs_len, announce_visit, w);
	}
	if (o->checksum && S_ISREG(e->mode)) {
		struct content_hash_result got;
		int r = content_hash(&got, w->hasher, at_fd, name, w->link);
		w->content_read += got.read;
		if (r < 0)
			return r;
		e->content = got.digest;
		e->have_content = true;
	}
	/* last: a name that fails must not lead those that follow */
	if (o->hard_links && !S_ISDIR(e->mode) && st->st_nlink > 1) {
		e->leader = e->seq;
		e->linked = true;
		return linkmap_first(w->links, st->st_dev, st->st_ino, &e->leader, &w->err);
	}
	return 0;
}

static int conflict(struct walk *w, const char *name, size_t len)
{
	w->flags |= LISTING_ERRORS;
	walk_tell(w, name, len, -EEXIST, "another source has something of another kind under this name", 0);
	return 0;
}

/* A union lists each name once; a directory that is in several of its parts is itself a union. 1: it is new. */
static int first_of_union(struct walk *w, struct dir *at, const char *name, size_t len, const struct stat *st)
{
	w->union_now = 0;
	if (w->now->origins + (w->now->pick ? w->now->pick->kid_count : 0) < 2)
		return 1;
	uint64_t half[2], number = w->union_count + 1, first = number;
	struct digest d = hash_of(name, len);
	memcpy(half, d.byte, sizeof half);
	int code = linkmap_first(w->union_names, half[0], half[1], &first, &w->err);
	if (code < 0)
		return code;
	if (first == number) {
		w->union_now = ++w->union_count;
		return 1;
	}
	struct union_dir *kid = NULL;
	for (size_t low = 0, high = w->union_dirs; low < high;) {
		size_t middle = low + (high - low) / 2;
		if (w->union_dir[middle].number == first)
			kid = &w->union_dir[middle];
		if (w->union_dir[middle].number < first)
			low = middle + 1;
		else
			high = middle;
	}
	if (!kid != !S_ISDIR(st->st_mode))
		return conflict(w, name, len);
	if (!kid || (w->o->one_file_system && st->st_dev != dir_dev(at)))
		return 0;
	struct dir *part = dir_child(at, name, len);
	int r = part ? vdir_add_origin(kid->dir, part) : -ENOMEM;
	dir_unref(part);
	return r;
}

/* Remembers a directory of a union, to find it when another part has it too. */
static int remember_in_union(struct walk *w, struct vdir *v)
{
	if (!w->union_now)
		return 0;
	if (w->union_dirs == w->union_room) {
		size_t room = w->union_room ? w->union_room * 2 : 64;
		struct union_dir *more = realloc(w->union_dir, room * sizeof *more);
		if (!more)
			return -ENOMEM;
		w->union_dir = more;
		w->union_room = room;
	}
	w->union_dir[w->union_dirs++] = (struct union_dir){ w->union_now, v };
	return 0;
}

/* A directory in one origin: all that it needs later is its name. */
static int park(struct walk *w, const struct entry *e, bool closed)
{
	struct vdir *v = w->now;
	w->pending++;
	struct parked p = { .seq = e->seq, .closed = closed };
	memcpy(p.name, e->name, e->name_len);
	return spill_list_put(&v->parked, w->parked, &p, offsetof(struct parked, name) + e->name_len,
			      &w->err);
}

/* Remembers a directory that was handed over, to list it later. */
static int push_kid(struct walk *w, struct dir *at, const struct entry *e, const struct stat *st,
		    const struct pick *pick)
{
	bool closed = !w->o->recurse && !(pick && pick->kid_count);
	/* what was named as an argument may be a mount point; what is below it may not */
	if (w->o->one_file_system && !pick && st->st_dev != dir_dev(at))
		closed = true;
	if (w->now->origins == 1 && !(w->now->pick && w->now->pick->kid_count))
		return park(w, e, closed);
	struct vdir *v = vdir_new(w->now, e->name, e->name_len, e->seq);
	struct dir *d = v ? dir_child(at, e->name, e->name_len) : NULL;
	int r = v && d ? 0 : -ENOMEM;
	/* without recursion, of a directory that was named together with names in it only these are listed */
	bool whole = !pick || w->o->recurse || !pick->kid_count;
	if (!r && whole && (!pick || pick->whole))
		r = vdir_add_origin(v, d);
	for (size_t i = 0; !r && whole && pick && i < pick->contents; i++)
		r = vdir_add_origin(v, pick->content[i]);
	dir_unref(d);
	if (r) {
		vdir_unref(v);
		return r;
	}
	v->pick = pick;
	v->argument = pick && pick->whole;
	v->closed = closed;
	r = remember_in_union(w, v);
	if (r) {
		vdir_unref(v);
		return r;
	}
	*(w->kids_last ? &w->kids_last->next : &w->kids_first) = v;
	w->kids_last = v;
	w->pending++;
	return 0;
}

bool walk_excluded(struct walk *w, const char *name, size_t len, bool is_dir)
{
	if (filter_is_empty(w->filter))
		return false;
	size_t n;
	return filter_check(w->filter, w->now->rules, walk_path(w, name, len, &n), is_dir, FILTER_SENDER) ==
	       FILTER_EXCLUDE;
}

/* A name that the user gave and that is a directory although nothing recurses is a mistake worth a word. */
static bool skip_by_type(struct walk *w, const char *name, size_t len, const struct stat *st,
			 const struct pick *pick)
{
	if (!type_wanted(w->o, st->st_mode)) {
		warn(w, name, len, "not a regular file: left out");
		return true;
	}
	if (S_ISDIR(st->st_mode) && !w->o->recurse && !w->o->have_files_from && !w->o->list_only) {
		if (pick)
			warn(w, name, len, "is a directory: left out (no -r)");
		return true;
	}
	return false;
}

static int not_there(struct walk *w, const char *name, size_t len, int error, const struct pick *pick)
{
	if (w->message && error == -ENOENT)
		return walk_mail_moved(w, name, len);
	w->flags |= LISTING_ERRORS;
	/* what the user named and never was there did not vanish */
	walk_tell(w, name, len, error, "stat", pick ? tell_errnum(error) : -error);
	return 0;
}

int walk_name(struct walk *w, struct dir *at, int at_fd, const char *name, size_t len,
	      const struct pick *pick)
{
	struct stat st;
	w->seen++;
	if (temp_name_is(name, len)) {
		warn(w, name, len, "left by an interrupted run: not copied");
		return 0;
	}
	/* a symlink on the way to what the user typed is followed (roots.c) */
	bool typed = pick && pick->kid_count && !pick->whole && !w->o->have_files_from;
	int follow = typed ? 0 : AT_SYMLINK_NOFOLLOW;
	if (fstatat(at_fd, name, &st, follow | AT_NO_AUTOMOUNT) < 0)
		return not_there(w, name, len, -errno, pick);
	bool is_dir = S_ISDIR(st.st_mode);
	if (walk_excluded(w, name, len, is_dir))
		return 0;
	if (pick && pick->kid_count && !is_dir) {
		w->flags |= LISTING_ERRORS;
		walk_tell(w, name, len, -ENOTDIR, "what was named below it", 0);
		if (!pick->whole)
			return 0;
	}
	if (skip_by_type(w, name, len, &st, pick)) {
		w->target->left_out(w->target->ctx, name, len);
		return 0;
	}
	if ((w->in_parent && !S_ISREG(st.st_mode)) ||
	    (is_dir && w->o->prune_empty_dirs && !walk_has_files(w, at, name, len)))
		return 0;
	int r = first_of_union(w, at, name, len, &st);
	if (r <= 0)
		return r;

	struct entry e = { .seq = w->next_seq, .name = name, .name_len = len };
	from_stat(w, &e, &st);
	e.message = w->message && S_ISREG(st.st_mode);
	e.in_parent = w->in_parent;
	r = complete(w, &e, &st, at_fd, name);
	if (r == -EINTR || w->err.code)
		return r;
	if (r < 0) {
		w->flags |= LISTING_ERRORS;
		walk_tell(w, name, len, r, "read its metadata", -r);
	}
	if (r > 0)
		w->target->left_out(w->target->ctx, name, len);
	if (r)
		return r == -ENOMEM ? r : 0;
	announce(w, ID_USER, e.uid);
	announce(w, ID_GROUP, e.gid);
	w->next_seq++;
	r = w->target->entry(w->target->ctx, &e, at, &w->now->path, false);
	if (r == 0 && is_dir)
		r = push_kid(w, at, &e, &st, pick);
	return r;
}

int walk_root(struct walk *w, struct dir *at, int at_fd)
{
	struct stat st;
	struct entry e = { .name = "" };
	if (fstat(at_fd, &st) < 0)
		return -errno;
	from_stat(w, &e, &st);
	int r = complete(w, &e, &st, at_fd, "");
	if (r < 0) {
		walk_tell(w, "", 0, r, "read the metadata of the root", -r);
		return 0;
	}
	announce(w, ID_USER, e.uid);
	announce(w, ID_GROUP, e.gid);
	struct digest none = { { 0 } };
	return w->target->entry(w->target->ctx, &e, at, &none, true);
}
