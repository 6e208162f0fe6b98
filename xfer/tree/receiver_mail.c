#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/mail_name.h"
#include "xfer/tree/receiver_impl.h"

/* What the source does not have, in a mailbox or a mailbox as a whole: it stays until the end, because what seems to be gone there may
 * have moved to a folder whose listing is still to come. */
struct doomed {
	struct doomed *next;
	struct rnode *node; /* a share */
	char name[];	    /* empty: of the node, which is a tmp, what is ours */
};

void mail_init(struct receiver *r)
{
	mail_list_init(&r->box.list);
	r->doomed_end = &r->doomed;
}

void mail_fini(struct receiver *r)
{
	while (r->doomed) {
		struct doomed *d = r->doomed;
		r->doomed = d->next;
		free(d);
	}
	mail_list_fini(&r->box.list);
	elsewhere_free(r->elsewhere);
}

struct dir *receiver_temp_dir(const struct rnode *n)
{
	return n->through ? n->through : n->dir;
}

void receiver_temp_name(const struct rnode *n, char temp[static TEMP_NAME_SIZE], const char *name, size_t len)
{
	/* new and cur share a tmp, and may both have the name */
	char key[sizeof "new/" + NAME_LIMIT];
	size_t at = 0;
	if (n->through) {
		memcpy(key, mail_folder_names[n->mail - 1], 3);
		key[3] = '/';
		at = 4;
	}
	CHECK(len <= NAME_LIMIT);
	memcpy(key + at, name, len);
	temp_name(temp, key, at + len);
}

static int doom(struct receiver *r, struct rnode *n, const char *name, size_t len)
{
	struct doomed *d = calloc(1, sizeof *d + len + 1);
	if (!d)
		return -ENOMEM;
	memcpy(d->name, name, len);
	d->node = n;
	node_hold(n, false);
	*r->doomed_end = d;
	r->doomed_end = &d->next;
	return 0;
}

/* Nothing more comes of the mailbox. */
static void box_close(struct receiver *r)
{
	struct box *b = &r->box;
	for (int i = 0; i < MAIL_TMP; i++)
		if (b->node[i])
			node_release(r, b->node[i], false);
	mail_list_clear(&b->list);
	*b = (struct box){ .list = b->list };
}

/* Which names are here in this folder of the mailbox? */
static void read_folder(struct receiver *r, struct rnode *n, int folder)
{
	struct box *b = &r->box;
	bool own = n->mail == 1 + (unsigned)folder;
	struct dir *d = NULL;
	if (own && n->dir && !n->fresh)
		d = dir_ref(n->dir);
	else if (!own && n->parent->dir && !n->parent->fresh)
		d = dir_child(n->parent->dir, mail_folder_names[folder], strlen(mail_folder_names[folder]));
	int fd = d ? dir_fd(d) : -ENOENT;
	int code = fd < 0 ? fd : mail_list_read(&b->list, fd, (uint32_t)folder);
	b->was_read[folder] = code == 0;
	/* one that is not there has no names; of one that cannot be read they are not known */
	if (code < 0 && code != -ENOENT && code != -ENOTDIR && code != -ELOOP)
		b->usable = false;
	dir_unref(d);
}

/* New files are made in the mailbox's tmp, if there is one where they can be renamed from. */
static void find_tmp(struct rnode *n)
{
	struct dir *box = n->parent->dir;
	if (!n->dir || n->fresh || n->staged || !box || dir_fd(n->dir) < 0)
		return;
	struct dir *tmp = dir_child(box, mail_folder_names[MAIL_TMP], 3);
	if (tmp && dir_fd(tmp) >= 0 && dir_dev(tmp) == dir_dev(n->dir))
		n->through = tmp;
	else
		dir_unref(tmp);
}

int mail_begin(struct receiver *r, struct rnode *n, struct err *err)
{
	struct box *b = &r->box;
	int folder = (int)n->mail - 1;
	if (folder == MAIL_TMP) {
		bool ours = n->dir && !n->fresh && !r->compare;
		return ours && doom(r, n, "", 0) < 0 ? err_set(err, -ENOMEM, "mailbox") : 0;
	}
	if (!b->open || b->seq != n->parent->seq) {
		box_close(r);
		b->open = b->usable = true;
		b->seq = n->parent->seq;
	}
	if (b->node[folder])
		return err_set(err, -EPROTO, "the sender lists a folder of a mailbox twice");
	b->node[folder] = n;
	node_hold(n, false);
	for (int i = 0; i < MAIL_TMP; i++)
		if (!b->was_read[i])
			read_folder(r, n, i);
	if (!r->compare)
		find_tmp(n);
	return 0;
}

/* What is in the mailbox here and was not listed. */
static int doom_rest(struct receiver *r)
{
	struct box *b = &r->box;
	int code = 0;
	for (size_t k = 0; code == 0 && k < b->list.count; k++) {
		const struct mail_item *i = &b->list.item[k];
		struct rnode *n = b->node[i->where];
		if (!i->taken && n && !n->leave && (r->o->delete || n->adopted))
			code = doom(r, n, mail_list_name(&b->list, i), i->len);
	}
	return code;
}

int mail_end(struct receiver *r, struct rnode *n, unsigned flags, struct err *err)
{
	struct box *b = &r->box;
	if (n->mail == 1 + MAIL_TMP)
		return 0;
	b->flags |= flags;
	if (n->mail != 1 + MAIL_CUR)
		return 0;
	bool unread = (b->flags & LISTING_ERRORS) && !r->o->ignore_errors;
	int code = 0;
	if (b->usable && !unread && !(b->flags & (LISTING_UNSURE | LISTING_PARTIAL)))
		code = doom_rest(r);
	box_close(r);
	return code < 0 ? err_set(err, code, "mailbox") : 0;
}

void mail_left_out(struct receiver *r, const char *name, size_t len)
{
	struct mail_item *i = mail_list_exact(&r->box.list, name, len, r->now->mail - 1);
	if (i)
		i->taken = true;
}

bool mail_is_same(const struct receiver *r, const struct entry *e, const struct stat *st)
{
	struct timespec t = { .tv_sec = e->mtime, .tv_nsec = e->mtime_ns };
	return S_ISREG(st->st_mode) && (uint64_t)st->st_size == e->size &&
	       (e->by_name || meta_same_time(r->o, &t, &st->st_mtim)) &&
	       !journal_suspects(r->job->journal, &st->st_ctim);
}

static void terminate(char out[static NAME_LIMIT + 1], const char *name, size_t len)
{
	CHECK(len <= NAME_LIMIT);
	memcpy(out, name, len);
	out[len] = '\0';
}

static void tell_renamed(struct receiver *r, const char *name, int folder, const char *old)
{
	char *from;
	if (asprintf(&from, " <= %s/%s", mail_folder_names[folder], old) < 0)
		return;
	receiver_item(r, r->now, name, strlen(name), "*renaming  ", false, from);
	free(from);
}

static int rename_here(struct receiver *r, int folder, const char *old, const char *name)
{
	/* of the other folder the node was not met yet, perhaps */
	struct dir *from = folder == (int)r->now->mail - 1
				   ? dir_ref(r->now->dir)
				   : dir_child(r->now->parent->dir, mail_folder_names[folder], 3);
	int fd = from ? dir_pin(from) : -ENOMEM, to = fd < 0 ? -1 : dir_fd(r->now->dir), code = fd;
	if (fd >= 0) {
		code = to < 0 ? to : renameat2(fd, old, to, name, RENAME_NOREPLACE) < 0 ? -errno : 0;
		dir_unpin(from);
	}
	dir_unref(from);
	return code;
}

/* Where an item of the box stands now, and what it is. */
static int stat_item(struct receiver *r, const struct mail_item *i, const char *name, struct stat *st)
{
	if (i->where == r->now->mail - 1) {
		int fd = dir_fd(r->now->dir);
		return fd < 0 ? fd : receiver_stat(fd, name, strlen(name), st);
	}
	struct dir *d = dir_child(r->now->parent->dir, mail_folder_names[i->where], 3);
	int fd = d ? dir_fd(d) : -ENOMEM;
	int code = fd < 0 ? fd : receiver_stat(fd, name, strlen(name), st);
	dir_unref(d);
	return code;
}

/* The same message under other flags, or in the other folder: renames it. 1: done, st is filled if the entry was looked at. */
static int take_over(struct receiver *r, const struct entry *e, const char *name, bool look, struct stat *st)
{
	struct box *b = &r->box;
	size_t base_len = mail_name_parse(name, e->name_len).base_len;
	char old[NAME_LIMIT + 1];
	for (struct mail_item *i = NULL; (i = mail_list_base(&b->list, i, name, base_len));) {
		terminate(old, mail_list_name(&b->list, i), i->len);
		if (i->taken || (look && (stat_item(r, i, old, st) != 1 || !mail_is_same(r, e, st))))
			continue;
		if (!r->compare && rename_here(r, (int)i->where, old, name) < 0)
			continue;
		i->taken = true;
		tell_renamed(r, name, (int)i->where, old);
		return 1;
	}
	return 0;
}

/* It is here, and nothing about it is to be changed. */
static int is_here(struct receiver *r, const struct entry *e, enum verdict *verdict)
{
	struct item item;
	item_from_entry(&item, &r->now->path, e);
	receiver_add_digest(r, &item, e->have_content ? &e->content : NULL);
	r->account.items.unchanged += !r->was_renamed;
	r->account.proven.metadata++;
	*verdict = VERDICT_HAVE;
	return 2;
}

int mail_look_up(struct receiver *r, const struct entry *e, struct stat *st, enum verdict *verdict)
{
	struct box *b = &r->box;
	char name[NAME_LIMIT + 1];
	int fd = r->now->dir && !r->now->fresh ? dir_fd(r->now->dir) : -1;
	bool look = !e->by_name || journal_suspects_any(r->job->journal);
	if (!b->usable || !b->open)
		return fd < 0 ? 0 : receiver_stat(fd, e->name, e->name_len, st);
	terminate(name, e->name, e->name_len);
	struct mail_item *i = mail_list_exact(&b->list, name, e->name_len, r->now->mail - 1);
	if (i) {
		i->taken = true;
		if (!look && i->type == DT_REG)
			return is_here(r, e, verdict);
		int there = fd < 0 ? fd : receiver_stat(fd, name, e->name_len, st);
		return there == 1 && e->by_name && mail_is_same(r, e, st) ? is_here(r, e, verdict) : there;
	}
	if (!e->message || r->o->verify)
		return 0;
	r->was_renamed = !r->now->fresh && take_over(r, e, name, look, st);
	if (!r->was_renamed)
		r->was_renamed = elsewhere_link(r, e, name, st);
	if (!r->was_renamed)
		return 0;
	r->account.items.renamed++;
	return e->by_name || r->compare ? is_here(r, e, verdict) : 1;
}

bool mail_spares(void *ctx, struct dir *d, const char *name, bool is_dir)
{
	struct receiver *r = ctx;
	int fd = dir_fd(d);
	enum mail_file kind = mail_file_kind(name, strlen(name));
	if (!is_dir)
		return (kind == MAIL_FILE_INDEX || kind == MAIL_FILE_LOCK) && !r->o->frozen && fd >= 0 &&
		       maildir_is(fd);
	struct dir *kid = dir_child(d, name, strlen(name));
	fd = kid ? dir_fd(kid) : -1;
	bool spared = fd >= 0 && maildir_is(fd) && !temp_name_is(name, strlen(name)) &&
		      doom(r, r->now, name, strlen(name)) == 0;
	dir_unref(kid);
	return spared;
}

/* What an interrupted run left in a tmp. Nothing else in there is ours. */
static void tidy_tmp(struct rnode *n)
{
	struct mail_list l;
	char name[NAME_LIMIT + 1];
	int fd = dir_fd(n->dir);
	mail_list_init(&l);
	if (fd >= 0 && mail_list_read(&l, fd, 0) == 0)
		for (size_t i = 0; i < l.count; i++) {
			terminate(name, mail_list_name(&l, &l.item[i]), l.item[i].len);
			if (temp_name_is(name, l.item[i].len))
				unlinkat(fd, name, 0);
		}
	mail_list_fini(&l);
}

static int delete_one(struct receiver *r, const struct doomed *d, struct err *err)
{
	size_t len;
	if (!*d->name) {
		tidy_tmp(d->node);
		return 0;
	}
	const char *path = receiver_path(r, d->node, "", 0, &len);
	char *bare = strndup(path, len ? len - 1 : 0);
	int code = bare ? prune_extra(&r->prune, d->node->dir, bare, d->node->rules, d->name, err)
			: err_set(err, -ENOMEM, "delete");
	free(bare);
	return code;
}

int mail_delete(struct receiver *r, struct err *err)
{
	int code = 0;
	uint64_t spared = 0;
	char *text = NULL;
	box_close(r);
	while (r->doomed && code == 0) {
		struct doomed *d = r->doomed;
		if (*d->name && !r->mail_is_quiet)
			spared++;
		else
			code = delete_one(r, d, err);
		r->doomed = d->next;
		node_release(r, d->node, false);
		free(d);
	}
	if (spared && asprintf(&text,
			       "mailboxes changed while they were listed: %" PRIu64
			       " messages or folders that seem to be gone are not deleted",
			       spared) > 0)
		r->job->tell->warning(r->job->tell->ctx, text);
	free(text);
	return code;
}
