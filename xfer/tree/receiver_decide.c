#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "xfer/tree/content_hash.h"
#include "xfer/tree/receiver_impl.h"

const char *receiver_disk_name(const struct rnode *n, const char *name, size_t len,
			       char temp[static NAME_LIMIT + 1])
{
	/* what an interrupted run left under a final name in there may be a part: it is only ever replaced */
	if (!n->staged || n->adopted) {
		receiver_temp_name(n, temp, name, len);
	} else {
		memcpy(temp, name, len);
		temp[len] = '\0';
	}
	return temp;
}

int receiver_make_way(struct receiver *r, struct rnode *n, const char *name, const struct stat *st,
		      mode_t coming)
{
	int fd = dir_fd(n->dir);
	if (fd < 0)
		return fd;
	if (!S_ISDIR(st->st_mode)) {
		/* a rename replaces anything but a directory; only a new directory needs the name free */
		if (!S_ISDIR(coming) || r->compare)
			return 0;
		return unlinkat(fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	}
	if (!r->compare && unlinkat(fd, name, AT_REMOVEDIR) == 0)
		return 0;
	if (!r->o->delete)
		return r->compare ? 0 : -errno;
	size_t len;
	struct err ignored;
	char *path = strdup(receiver_path(r, n, name, strlen(name), &len));
	r->prune.replaced = path;
	int code = path ? prune_name(&r->prune, n->dir, name, path, n->rules, &ignored) : -ENOMEM;
	r->prune.replaced = NULL;
	free(path);
	return code < 0 ? code : code ? 0 : -ENOTEMPTY;
}

/* From a mailbox's tmp into one of its folders. */
static int deliver(struct rnode *n, const char *temp, const char *name)
{
	int from = dir_pin(n->through);
	if (from < 0)
		return from;
	int fd = dir_fd(n->dir);
	int code = fd < 0 ? fd : renameat(from, temp, fd, name) < 0 ? -errno : 0;
	dir_unpin(n->through);
	return code;
}

int receiver_put(struct receiver *r, struct rnode *n, const char *temp, const char *name, mode_t mode)
{
	struct stat st;
	int fd = dir_fd(n->dir);
	if (fd < 0 || strcmp(temp, name) == 0)
		return fd < 0 ? fd : 0;
	if (n->through)
		return deliver(n, temp, name);
	if (renameat(fd, temp, fd, name) == 0)
		return 0;
	/* a directory is only removed now that what replaces it is whole */
	int code = -errno;
	if (code == -EISDIR && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		code = receiver_make_way(r, n, name, &st, mode);
		fd = dir_fd(n->dir);
		if (code == 0)
			code = fd < 0 ? fd : renameat(fd, temp, fd, name) < 0 ? -errno : 0;
	}
	return code;
}

/* What an object that is not a regular file or directory is made with. */
static int make_object(const struct entry *e, int fd, const char *name)
{
	if (S_ISLNK(e->mode)) {
		char target[TARGET_LIMIT + 1];
		memcpy(target, e->target, e->target_len);
		target[e->target_len] = '\0';
		return symlinkat(target, fd, name) < 0 ? -errno : 0;
	}
	return mknodat(fd, name, (e->mode & S_IFMT) | 0600, (dev_t)e->rdev) < 0 ? -errno : 0;
}

/* Sets the metadata of the object called name, if it is of the expected type. expect: the inode it must be, NULL for one just
 * made. */
static int apply_by_path(struct receiver *r, const struct meta *want, int dirfd, const char *name,
			 const struct stat *expect, struct err *err)
{
	struct stat st;
	int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int code = err_set(err, -errno, "open to set its metadata");
		if (fd >= 0)
			close(fd);
		return code;
	}
	int code;
	/* somebody may have put another object, or a link to one, in its place */
	if ((st.st_mode & S_IFMT) != (want->mode & S_IFMT) ||
	    (!expect && (st.st_nlink != 1 || st.st_uid != r->rules.uid)) ||
	    (expect && (st.st_dev != expect->st_dev || st.st_ino != expect->st_ino)))
		code = err_set(err, -ESTALE, "replaced by somebody else");
	else
		code = meta_apply(&r->rules, want, fd, &st, true, true, err);
	close(fd);
	return code;
}

/* Makes a symlink or special file under a temporary name and puts it in place. */
static int make_special(struct receiver *r, const struct entry *e, const struct meta *want, const char *name,
			struct err *err)
{
	struct rnode *n = r->now;
	char temp[NAME_LIMIT + 1];
	int fd = dir_fd(receiver_temp_dir(n));
	if (fd < 0)
		return err_set(err, fd, "open its directory");
	receiver_disk_name(n, name, e->name_len, temp);
	int code = make_object(e, fd, temp);
	if (code == -EEXIST) {
		unlinkat(fd, temp, 0);
		code = make_object(e, fd, temp);
	}
	if (code < 0)
		return err_set(err, code, "create");
	code = apply_by_path(r, want, fd, temp, NULL, err);
	int put = code == 0 ? receiver_put(r, n, temp, name, e->mode) : 0;
	if (put < 0)
		code = err_set(err, put, "make way for it");
	fd = dir_fd(receiver_temp_dir(n));
	if (code < 0 && fd >= 0)
		unlinkat(fd, temp, 0);
	return code;
}

/* st is of the entry's type. */
static bool same_special(const struct entry *e, const struct stat *st, int fd, const char *name)
{
	if (S_ISCHR(e->mode) || S_ISBLK(e->mode))
		return st->st_rdev == (dev_t)e->rdev;
	if (!S_ISLNK(e->mode))
		return true;
	char target[TARGET_LIMIT + 1];
	ssize_t n = readlinkat(fd, name, target, sizeof target);
	return n >= 0 && (size_t)n == e->target_len && memcmp(target, e->target, e->target_len) == 0;
}

/* Something new takes the place of what st says, of the same type: what differs, as rsync says it; or -errno. A time that
 * is not kept is a new one. */
static int replaced_diff(struct receiver *r, const struct meta *want, const struct stat *st, const char *name)
{
	int diff = meta_compare(&r->rules, want, st, dir_fd(r->now->dir), name);
	return diff < 0 || meta_keeps_times(r->o, want->mode) ? diff : diff | DIFF_TIME;
}

static void tell_change(struct receiver *r, const struct entry *e, char what, bool created, int diff)
{
	char code[CHANGE_SIZE], suffix[TARGET_LIMIT + 8];
	change_code(code, what, e->mode, created, diff, r->o->times);
	if (S_ISLNK(e->mode))
		snprintf(suffix, sizeof suffix, " -> %.*s", (int)e->target_len, e->target);
	receiver_item(r, r->now, e->name, e->name_len, code, false, S_ISLNK(e->mode) ? suffix : NULL);
}

/* Only the metadata differs: sets it. */
static int change_meta(struct receiver *r, const struct entry *e, const struct meta *want,
		       const struct stat *st, int diff, const char *name, struct err *err)
{
	if (!diff) {
		r->account.items.unchanged += !r->was_renamed;
		return 0;
	}
	int fd = dir_fd(r->now->dir);
	int code = r->compare ? 0 : apply_by_path(r, want, fd, name, st, err);
	if (code == 0) {
		tell_change(r, e, '.', false, diff);
		r->account.items.updated += !r->was_renamed;
	}
	return code;
}

static int decide_special(struct receiver *r, const struct entry *e, const struct stat *st, const char *name,
			  struct err *err)
{
	struct meta want;
	int fd = r->now->dir ? dir_fd(r->now->dir) : -1;
	bool same_type = st && (st->st_mode & S_IFMT) == (e->mode & S_IFMT);
	bool same = same_type && same_special(e, st, fd, name);
	meta_wanted(&want, &r->rules, e, same_type ? st : NULL);
	int diff = same	       ? meta_compare(&r->rules, &want, st, fd, name)
		   : same_type ? replaced_diff(r, &want, st, name)
			       : 0;
	if (diff < 0)
		return err_set(err, diff, "compare its metadata");
	if (same)
		return change_meta(r, e, &want, st, diff, name, err);
	int code = st ? receiver_make_way(r, r->now, name, st, e->mode) : 0;
	if (code < 0)
		return err_set(err, code, "make way for it");
	if (!r->compare)
		code = make_special(r, e, &want, name, err);
	if (code < 0)
		return code;
	tell_change(r, e, 'c', !same_type, diff | DIFF_CONTENT);
	*(st ? &r->account.items.updated : &r->account.items.copied) += 1;
	return 0;
}

/* Does the content of the file that is there count as that of the entry? 1, 0, -errno. */
static int same_content(struct receiver *r, const struct entry *e, const struct stat *st, const char *name)
{
	struct timespec t = { .tv_sec = e->mtime, .tv_nsec = e->mtime_ns };
	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size != e->size || r->o->ignore_times)
		return 0;
	if (r->o->checksum) {
		struct content_hash_result got;
		int code = content_hash(&got, r->hasher, dir_fd(r->now->dir), name, r->job->link);
		r->account.bytes.read += got.read;
		if (code < 0)
			return code;
		return e->have_content && digest_equal(&got.digest, &e->content);
	}
	if (journal_suspects(r->job->journal, &st->st_ctim))
		return 0;
	return r->o->size_only || meta_same_time(r->o, &t, &st->st_mtim);
}

/* Left alone because of an option? */
static bool left_by_option(struct receiver *r, const struct entry *e, const struct stat *st)
{
	const struct options *o = r->o;
	if (r->now->staged)
		st = NULL; /* what an interrupted run left in a directory of ours is not the user's */
	if ((!st && o->existing) || (st && o->ignore_existing))
		return true;
	if (!S_ISREG(e->mode))
		return false;
	if (e->size < o->min_size || e->size > o->max_size)
		return true;
	struct timespec t = { .tv_sec = e->mtime, .tv_nsec = e->mtime_ns };
	if (!st || !o->update || !S_ISREG(st->st_mode) || meta_same_time(o, &st->st_mtim, &t))
		return false;
	return st->st_mtim.tv_sec > t.tv_sec ||
	       (st->st_mtim.tv_sec == t.tv_sec && st->st_mtim.tv_nsec > t.tv_nsec);
}

/* The first name of a file with several is in place already, or was left alone: the others go by that. */
static void lead_settled(struct receiver *r, const struct entry *e, const char *name, enum leader_state state)
{
	if (e->linked && r->o->hard_links && e->leader == e->seq)
		leader_put(r, e->seq, r->now, name, state);
}

static int want_file(struct receiver *r, const struct entry *e, const struct stat *st,
		     const struct meta *want, int diff, const char *name, struct err *err)
{
	bool is_file = st && S_ISREG(st->st_mode);
	int code = st && r->compare ? receiver_make_way(r, r->now, name, st, e->mode) : 0;
	if (code < 0)
		return err_set(err, code, "make way for it");
	if (r->compare) {
		tell_change(r, e, r->job->content_mark, !is_file, diff);
		*(st ? &r->account.items.updated : &r->account.items.copied) += 1;
		lead_settled(r, e, name, LEADER_THERE);
		return 0;
	}
	struct wanted w = {
		.seq = e->seq,
		.node = r->now,
		.name = strdup(name),
		.meta = *want,
		.sparse = e->sparse || r->o->sparse,
		.existed = st != NULL,
		.created = !is_file,
		.diff = diff,
		/* with --sparse nobody knows before how much of it are zeros */
		.need = r->o->sparse			  ? 0
			: e->sparse && e->alloc < e->size ? e->alloc
							  : e->size,
		.gain = st && st->st_nlink == 1 ? (uint64_t)st->st_blocks * 512 : 0,
	};
	item_from_entry(&w.item, &r->now->path, r->sent);
	if (e->size > SMALL_FILE && w.name && (code = base_find(r, &w, st)) < 0) {
		free(w.name);
		return err_set(err, code, "what of it is here");
	}
	if (e->linked && r->o->hard_links && !(w.group = link_lead(r, e))) {
		free(w.name);
		free(w.base);
		return err_set(err, -ENOMEM, "hard links");
	}
	return wanted_add(r, &w, err);
}

/* verdict WANT means that the content was asked for. */
static int decide_file(struct receiver *r, const struct entry *e, const struct stat *st, const char *name,
		       enum verdict *verdict, struct err *err)
{
	struct meta want;
	bool is_file = st && S_ISREG(st->st_mode);
	meta_wanted(&want, &r->rules, e, is_file ? st : NULL);
	int same = st ? same_content(r, e, st, name) : 0;
	if (same < 0)
		return err_set(err, same, "read to compare");
	int diff = !is_file ? 0
		   : same   ? meta_compare(&r->rules, &want, st, dir_fd(r->now->dir), name)
			    : replaced_diff(r, &want, st, name);
	if (diff < 0)
		return err_set(err, diff, "compare its metadata");
	if (!same) {
		if (is_file && (uint64_t)st->st_size != e->size)
			diff |= DIFF_SIZE;
		if (r->o->checksum)
			diff |= DIFF_CONTENT;
		*verdict = VERDICT_WANT;
		return want_file(r, e, st, &want, diff, name, err);
	}
	int code = change_meta(r, e, &want, st, diff, name, err);
	if (code < 0)
		return code;
	*(r->o->checksum ? &r->account.proven.reread : &r->account.proven.metadata) += 1;
	lead_settled(r, e, name, LEADER_THERE);
	return 0;
}

static int decide_in_tree(struct receiver *r, const struct entry *e, const struct stat *st,
			  enum verdict *verdict, struct err *err)
{
	char name[NAME_LIMIT + 1];
	memcpy(name, e->name, e->name_len);
	name[e->name_len] = '\0';
	if (S_ISDIR(e->mode))
		return node_decide(r, e, st, verdict, err);
	if (left_by_option(r, e, st)) {
		r->account.items.skipped++;
		*verdict = VERDICT_LEAVE;
		lead_settled(r, e, name, st ? LEADER_THERE : LEADER_LEFT);
		return 0;
	}
	*verdict = VERDICT_HAVE;
	r->counted_later = false;
	struct err e2 = { 0 };
	int code;
	bool follows = e->linked && r->o->hard_links && e->leader != e->seq;
	if (follows)
		code = link_follow(r, e, st, verdict, &e2);
	else if (S_ISREG(e->mode))
		code = decide_file(r, e, st, name, verdict, &e2);
	else
		code = decide_special(r, e, st, name, &e2);
	if (code == 0 && !S_ISREG(e->mode))
		lead_settled(r, e, name, LEADER_THERE);
	if (code == -EINTR) { /* the user wants to quit: nothing is wrong with this file */
		*err = e2;
		return code;
	}
	if (code < 0) {
		*verdict = VERDICT_LEAVE;
		receiver_fail_err(r, r->now, name, &e2);
		if (receiver_is_fatal(code)) {
			*err = e2;
			return code;
		}
	} else if (*verdict == VERDICT_HAVE && !r->counted_later) {
		struct item item;
		item_from_entry(&item, &r->now->path, r->sent);
		receiver_add_digest(r, &item, e->have_content && !follows ? &e->content : NULL);
	}
	return 0;
}

static void list_entry(struct receiver *r, const struct entry *e)
{
	size_t len;
	const char *path = receiver_path(r, r->now, e->name, e->name_len, &len);
	bool shows_target = S_ISLNK(e->mode) && r->o->links;
	uint64_t size = S_ISLNK(e->mode) ? e->target_len : S_ISDIR(e->mode) ? e->alloc : e->size;
	r->job->tell->list(r->job->tell->ctx, e->mode, size, e->mtime, path, len, e->target,
			   shows_target ? e->target_len : 0);
}

/* A directory below which everything is left out still has to be remembered: its listing will come. */
static int leave_dir(struct receiver *r, const struct entry *e, struct err *err)
{
	return S_ISDIR(e->mode) ? node_leave(r, e, err) : 0;
}

/* What is there under the entry's name? As receiver_stat says it. */
static int look_up(struct receiver *r, const struct entry *e, struct stat *st)
{
	int code;
	if (r->now->fresh)
		return 0;
	if (receiver_looked(r, e->name, st, &code))
		return code;
	int fd = dir_fd(r->now->dir);
	return fd < 0 ? fd : receiver_stat(fd, e->name, e->name_len, st);
}

static int decide(struct receiver *r, const struct entry *e, enum verdict *verdict, struct err *err)
{
	*verdict = VERDICT_LEAVE;
	if (r->list_only) {
		list_entry(r, e);
		return leave_dir(r, e, err);
	}
	if (r->now->leave) {
		r->account.items.skipped++;
		return leave_dir(r, e, err);
	}
	struct entry here = *e;
	if (r->job->rename && r->now == r->root) { /* the only entry gets another name */
		if (!r->renamed_from && !(r->renamed_from = strndup(e->name, e->name_len)))
			return err_set(err, -ENOMEM, "names");
		here.name = r->job->rename;
		here.name_len = strlen(here.name);
	}
	struct stat st;
	r->was_renamed = false;
	int there = r->now->mail ? mail_look_up(r, &here, &st, verdict) : look_up(r, &here, &st);
	if (there == 2)
		return 0;
	if (there < 0) {
		receiver_fail(r, r->now, here.name, here.name_len, there, "stat at the destination");
		int code = leave_dir(r, e, err);
		return code < 0			  ? code
		       : receiver_is_fatal(there) ? err_set(err, there, "the destination")
						  : 0;
	}
	return decide_in_tree(r, &here, there ? &st : NULL, verdict, err);
}

/* Nothing more comes of this entry. */
static void count_decided(struct receiver *r, const struct entry *e)
{
	struct progress *p = &r->progress;
	p->done_items++;
	if (!S_ISREG(e->mode))
		return;
	p->done_bytes += e->size;
	if (!e->have_content)
		return;
	/* it was read to be compared */
	p->asked_items++;
	p->handled_items++;
	p->asked_bytes += e->size;
	p->handled_bytes += e->size;
	p->moved_bytes += e->size;
}

/* A name that only what is not finished has here: left in the source by an interrupted run, and listed by a sender that does not
 * know this form of it yet. Nothing is ever written under it. */
static int pass_over(struct receiver *r, const struct entry *e, struct err *err)
{
	size_t len;
	char *text;
	r->account.items.skipped++;
	if (asprintf(&text, "%s: left by an interrupted run: not copied",
		     receiver_path(r, r->now, e->name, e->name_len, &len)) > 0) {
		r->job->tell->warning(r->job->tell->ctx, text);
		free(text);
	}
	return leave_dir(r, e, err);
}

int receiver_decide(struct receiver *r, const struct entry *e, struct err *err)
{
	enum verdict verdict = VERDICT_LEAVE;
	bool left_over = temp_name_is(e->name, e->name_len);
	if (r->need_seen && !left_over && nameset_add(r->seen, e->name, e->name_len, err) < 0)
		return err->code;
	r->sent = e;
	int code = left_over ? pass_over(r, e, err) : decide(r, e, &verdict, err);
	if (verdict != VERDICT_WANT || r->compare)
		count_decided(r, e);
	wanted_verdict(r, e->seq, verdict);
	return code;
}
