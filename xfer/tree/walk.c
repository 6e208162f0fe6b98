#include "xfer/tree/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/content_hash.h"
#include "xfer/tree/walk_impl.h"

enum { BLOCK = 128 * 1024, LINKS_MEMORY = 32 << 20, UNION_MEMORY = 8 << 20, PARKED_MEMORY = 1 << 20 };
enum { MAIL_WAITS = 50 }; /* for a tick of the clock, in one run: a second */

struct vdir *vdir_new(struct vdir *parent, const char *name, size_t len, uint64_t seq)
{
	struct vdir *v = calloc(1, sizeof *v);
	if (!v)
		return NULL;
	*v = (struct vdir){
		.parent = parent, .refs = 1, .seq = seq, .name = strndup(name, len), .folder = MAIL_FOLDERS
	};
	if (!v->name) {
		free(v);
		return NULL;
	}
	if (parent) {
		parent->refs++;
		v->path = path_hash(&parent->path, name, len);
		v->rules = filter_dir_ref(parent->rules);
		v->incomplete = parent->incomplete;
	}
	return v;
}

int vdir_add_origin(struct vdir *v, struct dir *d)
{
	struct dir **more = realloc(v->origin, (v->origins + 1) * sizeof(struct dir *));
	if (!more)
		return -ENOMEM;
	v->origin = more;
	v->origin[v->origins++] = dir_ref(d);
	return 0;
}

void vdir_unref(struct vdir *v)
{
	while (v && --v->refs == 0) {
		struct vdir *parent = v->parent;
		for (size_t i = 0; i < v->origins; i++)
			dir_unref(v->origin[i]);
		free(v->origin);
		filter_dir_unref(v->rules);
		free(v->name);
		free(v);
		v = parent;
	}
}

int walk_new(struct walk **out, const struct pick *root, const struct options *o, const struct filter *f,
	     struct dirs *pool, struct ids *ids, const struct tell *tell, const struct walk_target *target,
	     struct err *err)
{
	struct walk *w = calloc(1, sizeof *w);
	if (!w)
		return err_set(err, -ENOMEM, "walk");
	*w = (struct walk){ .o = o, .filter = f, .pool = pool, .ids = ids, .tell = tell, .target = target };
	buf_init(&w->path, SIZE_MAX / 2);
	buf_init(&w->attrs, ATTRS_LIMIT);
	w->links = linkmap_new(o->spill_dir, LINKS_MEMORY);
	w->parked = spill_new(o->spill_dir, PARKED_MEMORY);
	w->block = malloc(BLOCK);
	w->next_seq = 1;
	w->mail = maildir_wanted(o);
	w->by_name = maildir_by_name(o);
	w->waits = MAIL_WAITS;
	w->stack = vdir_new(NULL, "", 0, 0);
	if (!w->links || !w->parked || !w->block || !w->stack) {
		walk_free(w);
		return err_set(err, -ENOMEM, "walk");
	}
	w->pending = 1;
	w->stack->pick = root;
	w->stack->argument = true;
	for (size_t i = 0; i < root->contents; i++)
		if (vdir_add_origin(w->stack, root->content[i]) < 0) {
			walk_free(w);
			return err_set(err, -ENOMEM, "walk");
		}
	int r = o->checksum ? content_hasher_new(&w->hasher, o, err) : 0;
	if (r < 0)
		walk_free(w);
	else
		*out = w;
	return r;
}

static void free_list(struct vdir *v)
{
	while (v) {
		struct vdir *next = v->next;
		vdir_unref(v);
		v = next;
	}
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	if (w->now && w->began)
		dir_unpin(w->now->origin[w->origin]);
	vdir_unref(w->now);
	walk_mail_fini(w);
	free_list(w->kids_first);
	free_list(w->stack);
	content_hasher_free(w->hasher);
	linkmap_free(w->union_names);
	free(w->union_dir);
	linkmap_free(w->links);
	spill_free(w->parked);
	free(w->block);
	buf_fini(&w->path);
	buf_fini(&w->attrs);
	free(w);
}

void walk_keep_alive(struct walk *w, struct link *link)
{
	w->link = link;
}

uint64_t walk_next_seq(const struct walk *w)
{
	return w->next_seq;
}

size_t walk_pending(const struct walk *w)
{
	return w->pending;
}

uint64_t walk_content_read(const struct walk *w)
{
	return w->content_read;
}

/* Builds the path of v in w->path, from the end. */
int walk_set_path(struct walk *w, const struct vdir *v)
{
	size_t need = 0;
	for (const struct vdir *p = v; p->parent; p = p->parent)
		need += strlen(p->name) + 1;
	buf_clear(&w->path);
	uint8_t *to = buf_reserve(&w->path, need + NAME_LIMIT + 2);
	if (!to)
		return -ENOMEM;
	size_t at = need;
	for (const struct vdir *p = v; p->parent; p = p->parent) {
		size_t n = strlen(p->name);
		to[--at] = '/';
		at -= n;
		memcpy(to + at, p->name, n);
	}
	w->path.len = need;
	return 0;
}

const char *walk_path(struct walk *w, const char *name, size_t len, size_t *path_len)
{
	/* walk_set_path made room for a name of any legal length */
	CHECK(len <= NAME_LIMIT);
	memcpy(w->path.data + w->path.len, name, len);
	w->path.data[w->path.len + len] = '\0';
	*path_len = w->path.len + len;
	return (const char *)w->path.data;
}

void walk_tell(struct walk *w, const char *name, size_t len, int error, const char *what, int errnum)
{
	char text[ERR_TEXT];
	struct err e;
	size_t n;
	const char *path = walk_path(w, name, len, &n);
	err_set(&e, error, "%s", what);
	memcpy(text, e.text, sizeof text);
	/* the directory itself has its slash at the end already; people know it without */
	w->tell->failure(w->tell->ctx, path, n && !len ? n - 1 : n, text, errnum);
}

static void listing_failed(struct walk *w, int error, const char *what)
{
	w->flags |= LISTING_ERRORS;
	walk_tell(w, "", 0, error, what, -error);
}

/* Only a union has to know which names it listed. */
static int begin_union(struct walk *w)
{
	const struct vdir *v = w->now;
	linkmap_free(w->union_names);
	w->union_names = NULL;
	w->union_dirs = 0;
	w->union_count = 0;
	if (v->origins + (v->pick ? v->pick->kid_count : 0) < 2)
		return 0;
	w->union_names = linkmap_new(w->o->spill_dir, UNION_MEMORY);
	return w->union_names ? 0 : -ENOMEM;
}

/* The next parked kid of the directory on top of the stack, which leaves the stack with its last one. */
static int unpark(struct walk *w, struct err *err)
{
	struct vdir *top = w->stack;
	struct parked p;
	int n = spill_list_take(&top->parked, w->parked, &p, sizeof p, err);
	if (n < 0)
		return n;
	size_t len = (size_t)n - offsetof(struct parked, name);
	struct vdir *v = w->now = vdir_new(top, p.name, len, p.seq);
	struct dir *d = v ? dir_child(top->origin[0], p.name, len) : NULL;
	int r = d ? vdir_add_origin(v, d) : -ENOMEM;
	dir_unref(d);
	if (r < 0)
		return err_set(err, r, "walk");
	v->closed = p.closed;
	if (spill_list_empty(&top->parked)) {
		w->stack = top->next;
		spill_list_drop(&top->parked, w->parked);
		vdir_unref(top);
	}
	return 0;
}

/* Takes the next directory off the stack. */
static int begin_listing(struct walk *w, struct err *err)
{
	if (w->stack->listed) {
		int r = unpark(w, err);
		if (r < 0)
			return r;
	} else {
		w->now = w->stack;
		w->stack = w->now->next;
	}
	struct vdir *v = w->now;
	v->next = NULL;
	v->parked = spill_list_on(w->parked);
	w->origin = w->kid = 0;
	w->began = false;
	w->flags = 0;
	w->seen = 0;
	if (begin_union(w) < 0)
		return err_set(err, -ENOMEM, "union");
	if (walk_set_path(w, v) < 0)
		return err_set(err, -ENOMEM, "path");
	int r = walk_mail_begin(w, v);
	if (r < 0)
		return err_set(err, r, "mailbox");
	if (v->closed || (v->pick && v->pick->kid_count && !v->origins))
		w->flags |= LISTING_PARTIAL;
	if (v->incomplete || (v->pick && v->pick->missing))
		w->flags |= LISTING_ERRORS;
	w->target->dir(w->target->ctx, v->seq, v->folder);
	return 0;
}

static void end_origin(struct walk *w)
{
	dir_unpin(w->now->origin[w->origin]);
	w->began = false;
	w->origin++;
}

/* Opens the current origin for listing. 1: it is; 0: it cannot be, which was told. */
static int begin_origin(struct walk *w, struct err *err)
{
	struct vdir *v = w->now;
	struct dir *d = v->origin[w->origin];
	int fd = dir_pin(d);
	if (fd < 0) {
		listing_failed(w, fd, "open directory");
		return 0;
	}
	if (lseek(fd, 0, SEEK_SET) < 0) { /* an O_PATH descriptor: it may be passed but not read */
		dir_unpin(d);
		listing_failed(w, -EACCES, "list directory");
		return 0;
	}
	w->began = true;
	w->block_at = w->block_end = 0;
	if (filter_is_empty(w->filter))
		return 1;
	struct filter_dir *rules;
	size_t n;
	const char *path = walk_path(w, "", 0, &n);
	char *bare = strndup(path, n ? n - 1 : 0);
	int r = bare ? filter_dir_enter(&rules, w->filter, v->rules, fd, bare, err) : -ENOMEM;
	free(bare);
	if (r < 0) { /* without its rules too much would be copied: nothing of it is */
		end_origin(w);
		w->origin--;
		w->flags |= LISTING_ERRORS;
		w->tell->failure(w->tell->ctx, path, n ? n - 1 : 0, err->text, -r);
		return r == -ENOMEM ? r : 0;
	}
	filter_dir_unref(v->rules);
	v->rules = rules;
	return 1;
}

static int ended(const struct walk *w, int code, struct err *err)
{
	if (!w->err.code)
		return err_set(err, code, "walk");
	*err = w->err;
	return err->code;
}

static int step_folder(struct walk *w, struct dir *d, int fd, unsigned *max, struct err *err)
{
	int r = walk_mail_step(w, d, fd, max);
	if (r < 0)
		return ended(w, r, err);
	if (r == 0)
		end_origin(w);
	return 1;
}

/* Lists some names of the current origin. 1: there is more. */
static int step_origin(struct walk *w, unsigned *max, struct err *err)
{
	struct dir *d = w->now->origin[w->origin];
	if (!w->began) {
		int r = begin_origin(w, err);
		if (r < 0)
			return r;
		if (r == 0) {
			w->origin++;
			return 1;
		}
		r = walk_mail_first(w, d, dir_fd(d));
		if (r < 0)
			return ended(w, r, err);
	}
	int fd = dir_fd(d);
	if (w->now->folder != MAIL_FOLDERS)
		return step_folder(w, d, fd, max, err);
	while (*max) {
		if (w->block_at == w->block_end) {
			ssize_t n = getdents64(fd, w->block, BLOCK);
			if (n < 0)
				listing_failed(w, -errno, "list directory");
			if (n <= 0) {
				end_origin(w);
				return 1;
			}
			w->block_at = 0;
			w->block_end = (size_t)n;
		}
		struct dirent64 *e = (struct dirent64 *)(w->block + w->block_at);
		size_t len = strlen(e->d_name);
		w->block_at += e->d_reclen;
		if (e->d_name[0] == '.' && (len == 1 || (len == 2 && e->d_name[1] == '.')))
			continue;
		--*max;
		if (w->now->maildir && walk_mail_apart(w, e->d_name, len))
			continue;
		int r = walk_name(w, d, fd, e->d_name, len, NULL);
		if (r < 0)
			return ended(w, r, err);
	}
	return 1;
}

/* The names that were chosen one by one. */
static int step_picks(struct walk *w, unsigned *max, struct err *err)
{
	const struct pick *p = w->now->pick;
	while (*max && w->kid < p->kid_count) {
		const struct pick *kid = &p->kids[w->kid++];
		--*max;
		int fd = dir_pin(kid->at);
		if (fd < 0) {
			w->flags |= LISTING_ERRORS;
			walk_tell(w, kid->name, strlen(kid->name), fd, "open its directory", tell_errnum(fd));
			continue;
		}
		int r = walk_name(w, kid->at, fd, kid->name, strlen(kid->name), kid);
		dir_unpin(kid->at);
		if (r < 0)
			return ended(w, r, err);
	}
	return 1;
}

static void leave_incomplete(struct walk *w)
{
	w->now->incomplete = true; /* the parked ones have it from there */
	for (struct vdir *kid = w->kids_first; kid; kid = kid->next)
		kid->incomplete = true;
}

static void end_listing(struct walk *w)
{
	struct vdir *v = w->now;
	if (v->argument && !w->seen && !v->closed)
		w->flags |= LISTING_EMPTY_ROOT;
	w->target->dir_end(w->target->ctx, w->flags);
	/* what a part that could not be read has below these names is not known: nothing there may be deleted */
	if ((w->flags & LISTING_ERRORS) &&
	    (v->incomplete || v->origins + (v->pick ? v->pick->kid_count : 0) > 1 ||
	     (v->pick && v->pick->missing)))
		leave_incomplete(w);
	if (w->kids_last) {
		w->kids_last->next = w->stack;
		w->stack = w->kids_first;
		w->kids_first = w->kids_last = NULL;
	}
	w->now = NULL;
	if (spill_list_empty(&v->parked)) {
		vdir_unref(v);
	} else {
		v->listed = true;
		v->next = w->stack;
		w->stack = v;
	}
	w->pending--;
}

int walk_step(struct walk *w, unsigned max, struct err *err)
{
	while (max) {
		if (!w->now) {
			if (!w->stack)
				return 0;
			int r = begin_listing(w, err);
			if (r < 0)
				return r;
			if (w->now->seq == 0 && w->now->origins) {
				struct dir *d = w->now->origin[0];
				int fd = dir_pin(d);
				r = fd < 0 ? 0 : walk_root(w, d, fd);
				if (fd >= 0)
					dir_unpin(d);
				if (r < 0)
					return ended(w, r, err);
			}
		}
		int r = 0;
		if (!w->now->closed && w->origin < w->now->origins)
			r = step_origin(w, &max, err);
		else if (!w->now->closed && w->now->pick && w->kid < w->now->pick->kid_count)
			r = step_picks(w, &max, err);
		else {
			end_listing(w);
			max--;
		}
		if (r < 0)
			return r;
	}
	return w->now || w->stack;
}
