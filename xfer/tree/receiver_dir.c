#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "xfer/tree/attrs.h"
#include "xfer/tree/receiver_impl.h"

enum { SEEN_MEMORY = 32 << 20 };

/* One run at a time writes into a directory: two would take each other's temporaries for leftovers. Names that are put
 * side by side into one root share it, and each of their directories has its own lock. File systems that cannot lock do
 * not. */
static int lock_root(struct receiver *r, int how)
{
	int fd = r->compare || !r->root->dir ? -1 : dir_fd(r->root->dir);
	return fd >= 0 && flock(fd, how | LOCK_NB) < 0 && errno == EWOULDBLOCK ? -EBUSY : 0;
}

int nodes_init(struct receiver *r, struct err *err)
{
	r->seen = nameset_new(r->o->spill_dir, SEEN_MEMORY);
	if (node_table_init(r) < 0 || !r->seen)
		return err_set(err, -ENOMEM, "receiver");
	if (r->job->root)
		r->root->dir = dir_ref(r->job->root);
	if (lock_root(r, LOCK_SH) < 0)
		return err_say(err, -EBUSY, "another run of xfer is writing into the destination");
	r->root->fresh = !r->job->root || r->job->root_is_new;
	return 0;
}

void nodes_fini(struct receiver *r)
{
	node_table_fini(r);
	nameset_free(r->seen);
	while (r->lock_count)
		close(r->lock[--r->lock_count]);
	if (r->job->root && !r->compare && dir_fd(r->job->root) >= 0)
		(void)flock(dir_fd(r->job->root), LOCK_UN);
}

/* Attributes are set at once, so that they need not be remembered: nothing that is still to come changes them. */
static void set_attrs(struct receiver *r, struct rnode *n, const struct entry *e)
{
	struct err err;
	if (r->compare || !(r->o->acls || r->o->xattrs))
		return;
	int fd = dir_fd(n->dir);
	int code = fd < 0 ? err_set(&err, fd, "set its attributes")
			  : attrs_apply(fd, NULL, e->attrs, e->attrs_len, r->rules.ids, r->o->acls,
					r->o->xattrs, &err);
	if (code < 0)
		receiver_fail_err(r, n, "", &err);
}

static int lock_argument(struct receiver *r, struct rnode *n)
{
	if (r->compare || n->parent != r->root || r->root->have_meta || r->lock_count == LOCKS_MOST)
		return 0;
	int at = dir_fd(n->dir);
	int fd = at < 0 ? -1 : openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		close(fd);
		return -EBUSY;
	}
	r->lock[r->lock_count++] = fd;
	return 0;
}

/* Keeps what is to be applied at the end. */
static void keep_meta(struct receiver *r, struct rnode *n, const struct entry *e, const struct stat *st)
{
	meta_wanted(&n->meta, &r->rules, e, st);
	n->meta.attrs = NULL;
	n->meta.attrs_len = 0;
	n->meta.attrs_done = true;
	n->have_meta = true;
}

/* Makes the directory under its temporary name; takes over what an interrupted run left there. */
static int make(struct receiver *r, struct rnode *n)
{
	char temp[TEMP_NAME_SIZE];
	size_t len = strlen(n->name);
	int fd = dir_fd(n->parent->dir);
	if (fd < 0)
		return fd;
	temp_name(temp, n->name, len);
	n->fresh = true;
	int code = mkdirat(fd, temp, 0700) < 0 ? -errno : 0;
	if (code == -EEXIST) {
		struct stat st;
		code = fstatat(fd, temp, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
		if (code == 0 && S_ISDIR(st.st_mode)) {
			n->fresh = false;
			n->adopted = true;
		} else if (code == 0) {
			code = unlinkat(fd, temp, 0) < 0 || mkdirat(fd, temp, 0700) < 0 ? -errno : 0;
		}
	}
	if (code < 0)
		return code;
	/* so that a deletion in the parent does not take it for a leftover */
	struct err err;
	if (r->need_seen && nameset_add(r->seen, temp, strlen(temp), &err) < 0)
		return err.code;
	n->staged = true;
	n->dir = dir_child(n->parent->dir, temp, strlen(temp));
	if (!n->dir)
		return -ENOMEM;
	struct stat st;
	fd = dir_fd(n->dir);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	/* somebody may have put another directory in its place before we opened it */
	if (n->fresh && (st.st_uid != r->rules.uid || (st.st_mode & 07777) != 0700))
		return -ESTALE;
	return 0;
}

/* A user's own directory that he may not write to is opened up until it is finished. */
static void open_up(struct receiver *r, struct rnode *n, const struct stat *st)
{
	char path[40];
	if (r->rules.may_chown || (st->st_mode & 0700) == 0700)
		return;
	/* through its descriptor: its name may be a symlink by now */
	int fd = dir_fd(n->dir);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fd >= 0 && chmod(path, (st->st_mode & 07777) | 0700) < 0)
		return; /* what cannot be written to will say so itself */
}

static void tell_dir(struct receiver *r, const struct rnode *n, int diff, bool created)
{
	char code[CHANGE_SIZE];
	change_code(code, created ? 'c' : '.', S_IFDIR, created, diff, r->o->times);
	/* the name is in the path of the node itself */
	receiver_item(r, n->parent ? n->parent : n, n->name, strlen(n->name), code, true, NULL);
}

static int found(struct receiver *r, struct rnode *n, const struct entry *e, const struct stat *st)
{
	struct meta want;
	n->dir = dir_child(n->parent->dir, n->name, strlen(n->name));
	if (!n->dir)
		return -ENOMEM;
	keep_meta(r, n, e, st);
	meta_wanted(&want, &r->rules, e, st);
	int parent_fd = dir_fd(n->parent->dir);
	int diff = parent_fd < 0 ? parent_fd : meta_compare(&r->rules, &want, st, parent_fd, n->name);
	if (diff < 0)
		return diff;
	if (diff) {
		tell_dir(r, n, diff, false);
		r->account.items.updated++;
	} else {
		r->account.items.unchanged++;
	}
	if (diff & (DIFF_ACL | DIFF_XATTR))
		set_attrs(r, n, e);
	if (!r->compare)
		open_up(r, n, st);
	return 0;
}

static int create(struct receiver *r, struct rnode *n, const struct entry *e, const struct stat *st)
{
	int code = 0;
	if (st)
		code = receiver_make_way(r, n->parent, n->name, st, e->mode);
	n->fresh = true;
	if (code == 0 && !r->compare)
		code = make(r, n);
	if (code < 0)
		return code;
	keep_meta(r, n, e, NULL);
	set_attrs(r, n, e);
	tell_dir(r, n, 0, true);
	r->account.items.copied++;
	return 0;
}

static int decide(struct receiver *r, struct rnode *n, const struct entry *e, const struct stat *st,
		  enum verdict *verdict, struct err *err)
{
	*verdict = VERDICT_LEAVE;
	if (n->leave || (!st && r->o->existing) || (st && !S_ISDIR(st->st_mode) && r->o->ignore_existing)) {
		n->leave = true;
		r->account.items.skipped++;
		return 0;
	}
	int code = st && S_ISDIR(st->st_mode) ? found(r, n, e, st) : create(r, n, e, st);
	if (code == 0 && lock_argument(r, n) < 0) {
		n->staged = false; /* it is the other run's */
		return err_say(err, -EBUSY, "%s: another run of xfer is writing into it", n->name);
	}
	if (code == 0) {
		struct item item;
		*verdict = VERDICT_HAVE;
		item_from_entry(&item, &n->parent->path, e);
		receiver_add_digest(r, &item, NULL);
		return 0;
	}
	n->leave = true;
	receiver_fail(r, n->parent, n->name, strlen(n->name), code, "directory");
	return receiver_is_fatal(code) ? err_set(err, code, "%s", n->name) : 0;
}

int node_decide(struct receiver *r, const struct entry *e, const struct stat *st, enum verdict *verdict,
		struct err *err)
{
	struct rnode *n = node_new(r, e);
	if (!n)
		return err_set(err, -ENOMEM, "%s: more directories than can be remembered", r->now->name);
	int code = decide(r, n, e, st, verdict, err);
	return code < 0 ? code : node_wait(r, n, err);
}

int node_leave(struct receiver *r, const struct entry *e, struct err *err)
{
	struct rnode *n = node_new(r, e);
	if (!n)
		return err_set(err, -ENOMEM, "%s: more directories than can be remembered", r->now->name);
	n->leave = true;
	return node_wait(r, n, err);
}

int node_root(struct receiver *r, const struct entry *e, struct err *err)
{
	struct rnode *n = r->root;
	struct stat st;
	struct item item;
	struct digest none = { { 0 } };
	int fd = n->dir ? dir_fd(n->dir) : -1;
	bool there = fd >= 0 && fstat(fd, &st) == 0, created = n->fresh;
	struct meta want;
	keep_meta(r, n, e, there ? &st : NULL);
	meta_wanted(&want, &r->rules, e, there ? &st : NULL);
	int diff = there ? meta_compare(&r->rules, &want, &st, fd, NULL) : 0;
	if (lock_root(r, LOCK_EX) < 0)
		return err_say(err, -EBUSY, "another run of xfer is writing into the destination");
	if (there && (diff < 0 || (diff & (DIFF_ACL | DIFF_XATTR))))
		set_attrs(r, n, e);
	if (diff < 0)
		receiver_fail(r, n, "", 0, diff, "compare its metadata");
	else if (diff || created)
		tell_dir(r, n, diff, created);
	*(created ? &r->account.items.copied
	  : diff  ? &r->account.items.updated
		  : &r->account.items.unchanged) += 1;
	item_from_entry(&item, &none, e);
	receiver_add_digest(r, &item, NULL);
	return 0;
}

int node_list_begin(struct receiver *r, struct rnode *n, struct err *err)
{
	r->now = n;
	n->seen_listing = true;
	n->parked = spill_list_on(r->parked);
	nameset_clear(r->seen);
	/* a directory that an interrupted run left under its temporary name is wholly ours to tidy */
	r->need_seen = n->dir && !n->fresh && !n->mail && (r->o->delete || n->staged);
	int mail = n->mail ? mail_begin(r, n, err) : 0;
	if (mail < 0)
		return mail;
	if (!n->dir || filter_is_empty(r->job->filter))
		return 0;
	size_t len;
	const char *path = receiver_path(r, n, "", 0, &len);
	char *bare = strndup(path, len ? len - 1 : 0);
	struct filter_dir *rules = NULL;
	int fd = dir_fd(n->dir);
	int code = !bare    ? -ENOMEM
		   : fd < 0 ? fd
			    : filter_dir_enter(&rules, r->job->filter, n->rules, fd, bare, err);
	free(bare);
	if (code == -ENOMEM)
		return err_set(err, code, "filter");
	if (code < 0) { /* rules that cannot be read might protect anything */
		r->need_seen = false;
		receiver_fail_err(r, n, "", err);
		return 0;
	}
	filter_dir_unref(n->rules);
	n->rules = rules;
	return 0;
}

int node_list_end(struct receiver *r, struct rnode *n, unsigned flags, struct err *err)
{
	r->account.items.failed += (flags & LISTING_ERRORS) != 0;
	/* a mailbox's tmp is never listed */
	r->partial |= (flags & (LISTING_ERRORS | LISTING_UNSURE)) ||
		      ((flags & LISTING_PARTIAL) && n->mail != 1 + MAIL_TMP);
	/* beside names that were chosen one by one there is nothing to delete, whatever the sender says */
	if (n == r->root && (!invited_root(r->job->invited) || r->job->rename))
		flags |= LISTING_PARTIAL;
	int code = n->mail ? mail_end(r, n, flags, err) : node_delete_extra(r, n, flags, err);
	r->now = NULL;
	n->listed = true;
	node_wait_kids(r, n);
	r->dirs_open--;
	if (code < 0)
		return code;
	if (r->dirs_open == 0) {
		r->space.may_gain_more = false;
		code = space_check(&r->space, true, err);
	}
	node_release(r, n, false);
	return code;
}

void node_hold(struct rnode *n, bool file)
{
	n->pending++;
	n->files += file;
}

/* Renames a directory whose own files are in it to its final name. */
static void put_in_place(struct receiver *r, struct rnode *n)
{
	size_t len = strlen(n->name);
	int fd = dir_fd(n->parent->dir);
	int code = fd < 0 ? fd : 0;
	n->staged = false;
	if (code == 0 && renameat2(fd, dir_name(n->dir), fd, n->name, RENAME_NOREPLACE) < 0) {
		code = -errno;
		if (code == -ENOSYS || code == -EINVAL)
			code = renameat(fd, dir_name(n->dir), fd, n->name) < 0 ? -errno : 0;
	}
	if (code == 0)
		code = dir_renamed(n->dir, n->name, len);
	if (code < 0)
		receiver_fail(r, n->parent, n->name, len, code, "put the new directory in place");
}

static void finish(struct receiver *r, struct rnode *n)
{
	struct stat st;
	struct err e;
	int fd = dir_fd(n->dir);
	int code = fd < 0 || fstat(fd, &st) < 0 ? err_set(&e, fd < 0 ? fd : -errno, "finish directory") : 0;
	if (code == 0) {
		bool is_o_path = fcntl(fd, F_GETFL) & O_PATH;
		code = meta_apply(&r->rules, &n->meta, fd, &st, is_o_path, true, &e);
	}
	if (code < 0)
		receiver_fail_err(r, n, "", &e);
}

void node_release(struct receiver *r, struct rnode *n, bool file)
{
	/* a loop, not a recursion: the last file of a deep branch finishes all of it */
	while (n) {
		n->files -= file;
		if (n->staged && n->listed && n->files == 0)
			put_in_place(r, n);
		CHECK(n->pending > 0);
		if (--n->pending)
			return;
		if (n->dir && n->have_meta && !r->compare)
			finish(r, n);
		struct rnode *parent = n->parent;
		if (!parent) {
			n->pending = 1; /* the root stays until the end */
			return;
		}
		leader_dir_done(r, n);
		node_free(r, n);
		n = parent;
		file = false;
	}
}

/* What an interrupted run left may have parts of files in it. */
static void unstage(struct receiver *r, struct rnode *n)
{
	if (n->staged && !n->adopted)
		put_in_place(r, n);
}

void nodes_unstage(struct receiver *r)
{
	nodes_each_waiting(r, unstage);
}
