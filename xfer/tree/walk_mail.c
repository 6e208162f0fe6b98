#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xfer/tree/mail_name.h"
#include "xfer/tree/walk_impl.h"

enum { FOUND_AGAIN_MOST = 1000 }; /* in one mailbox: who renames for ever does not keep us for ever */

static void forget_box(struct walk *w)
{
	vdir_unref(w->box_of);
	w->box_of = NULL;
	mail_list_fini(&w->box);
}

void walk_mail_fini(struct walk *w)
{
	forget_box(w);
	for (size_t i = 0; i < w->box_count; i++)
		for (int k = 0; k < MAIL_TMP; k++)
			dir_unref(w->boxes[i].folder[k]);
	free(w->boxes);
}

/* Takes the shares in its folders. */
static int remember(struct walk *w, struct dir *folder[static MAIL_TMP], const struct maildir_moment *at)
{
	if (w->box_count == w->box_room) {
		size_t room = w->box_room ? w->box_room * 2 : 64;
		struct box_seen *more = realloc(w->boxes, room * sizeof *more);
		if (!more)
			return -ENOMEM;
		w->boxes = more;
		w->box_room = room;
	}
	w->boxes[w->box_count++] = (struct box_seen){ { folder[MAIL_NEW], folder[MAIL_CUR] }, *at };
	return 0;
}

bool walk_mail_is_quiet(struct walk *w)
{
	bool quiet = w->box_count && !w->restless;
	for (size_t i = 0; quiet && i < w->box_count; i++) {
		const struct box_seen *b = &w->boxes[i];
		int fd[MAIL_TMP] = { dir_pin(b->folder[MAIL_NEW]), dir_pin(b->folder[MAIL_CUR]) };
		quiet = fd[MAIL_NEW] >= 0 && fd[MAIL_CUR] >= 0 && !maildir_changed(&b->at, fd);
		for (int k = 0; k < MAIL_TMP; k++)
			if (fd[k] >= 0)
				dir_unpin(b->folder[k]);
	}
	return quiet;
}

/* The two folders of box; what cannot be opened is not read. */
static int read_box(struct walk *w, struct vdir *box)
{
	struct dir *folder[MAIL_TMP] = { 0 };
	struct maildir_moment at;
	int fd[MAIL_TMP] = { -1, -1 }, r = 0;
	for (int i = 0; r == 0 && i < MAIL_TMP; i++) {
		folder[i] = dir_child(box->origin[0], mail_folder_names[i], strlen(mail_folder_names[i]));
		if (!folder[i])
			r = -ENOMEM;
		else
			fd[i] = dir_pin(folder[i]);
	}
	if (r == 0)
		r = maildir_list(&w->box, fd, &w->box_sure, &at, &w->waits);
	w->restless |= !w->box_sure;
	for (int i = 0; i < MAIL_TMP; i++)
		if (fd[i] >= 0)
			dir_unpin(folder[i]);
	if (r == 0)
		r = remember(w, folder, &at);
	for (int i = 0; r < 0 && i < MAIL_TMP; i++)
		dir_unref(folder[i]);
	return r;
}

int walk_mail_begin(struct walk *w, struct vdir *v)
{
	enum mail_folder folder = maildir_folder(v->name, strlen(v->name));
	if (!v->parent || !v->parent->maildir || folder == MAIL_FOLDERS || v->closed)
		return 0;
	w->box_at = 0;
	if (folder == MAIL_TMP) {
		v->closed = true;
	} else if (w->box_of != v->parent) {
		forget_box(w);
		w->found_again = FOUND_AGAIN_MOST;
		int r = read_box(w, v->parent);
		w->restless |= r < 0;
		if (r < 0)
			mail_list_fini(&w->box);
		if (r == -ENOMEM)
			return r;
		if (r < 0) /* too many, or it will be told by who lists it as any directory */
			return 0;
		w->box_of = v->parent;
		w->box_of->refs++;
	}
	v->folder = folder;
	return 0;
}

int walk_mail_first(struct walk *w, struct dir *at, int fd)
{
	struct vdir *v = w->now;
	struct stat st;
	if (v->folder != MAIL_FOLDERS) {
		if (fstat(fd, &st) == 0) {
			w->box_uid = st.st_uid;
			w->box_gid = st.st_gid;
		}
		return 0;
	}
	v->maildir = w->mail && v->origins == 1 && !(v->pick && v->pick->kid_count) && maildir_is(fd);
	int r = 0;
	for (int i = 0; r == 0 && v->maildir && i < MAIL_FOLDERS; i++)
		r = walk_name(w, at, fd, mail_folder_names[i], strlen(mail_folder_names[i]), NULL);
	return r;
}

bool walk_mail_apart(struct walk *w, const char *name, size_t len)
{
	struct vdir *v = w->now;
	if (maildir_folder(name, len) != MAIL_FOLDERS)
		return true;
	enum mail_file kind = mail_file_kind(name, len);
	/* where cur is left out nothing comes after it */
	if (kind == MAIL_FILE_OTHER || (kind == MAIL_FILE_INDEX && w->o->frozen) ||
	    (kind == MAIL_FILE_LAST && walk_excluded(w, mail_folder_names[MAIL_CUR], 3, true)))
		return false;
	for (unsigned i = 0; kind == MAIL_FILE_LAST && i < MAIL_LAST; i++)
		if (strlen(mail_last[i]) == len && memcmp(name, mail_last[i], len) == 0)
			v->last |= 1U << i;
	w->target->left_out(w->target->ctx, name, len);
	return true;
}

/* What goes by the names: read now that they are. */
static int list_last(struct walk *w)
{
	struct vdir *folder = w->now, *box = folder->parent;
	if (!box->last)
		return 0;
	struct dir *at = box->origin[0];
	int fd = dir_pin(at), r = 0;
	if (fd < 0) {
		w->flags |= LISTING_ERRORS;
		walk_tell(w, "", 0, fd, "open its mailbox", tell_errnum(fd));
		return 0;
	}
	w->now = box;
	w->in_parent = true;
	if (walk_set_path(w, box) < 0)
		r = -ENOMEM;
	for (unsigned i = 0; r == 0 && i < MAIL_LAST; i++)
		if (box->last & 1U << i)
			r = walk_name(w, at, fd, mail_last[i], strlen(mail_last[i]), NULL);
	w->now = folder;
	w->in_parent = false;
	dir_unpin(at);
	return r < 0 ? r : walk_set_path(w, folder);
}

static bool is_unique(const struct walk *w, const struct mail_item *i, const char *name)
{
	if (!i->base_len)
		return false;
	for (const struct mail_item *k = NULL; (k = mail_list_base(&w->box, k, name, i->base_len));)
		if (k != i && !k->taken)
			return false;
	return true;
}

/* A message whose name says all that has to be known. */
static int list_by_name(struct walk *w, struct dir *at, const char *name, size_t len, uint64_t size)
{
	w->seen++;
	if (walk_excluded(w, name, len, false))
		return 0;
	struct entry e = {
		.seq = w->next_seq++,
		.name = name,
		.name_len = len,
		.mode = S_IFREG,
		.uid = w->box_uid,
		.gid = w->box_gid,
		.size = size,
		.message = true,
		.by_name = true,
	};
	return w->target->entry(w->target->ctx, &e, at, &w->now->path, false);
}

static int list_one(struct walk *w, struct dir *at, int fd, const struct mail_item *i)
{
	char name[UINT8_MAX + 1];
	size_t len = i->len;
	memcpy(name, mail_list_name(&w->box, i), len);
	name[len] = '\0';
	bool unique = is_unique(w, i, name);
	struct mail_name m = mail_name_parse(name, len);
	if (w->by_name && unique && m.has_size && i->type == DT_REG)
		return list_by_name(w, at, name, len, m.size);
	w->message = unique;
	int r = walk_name(w, at, fd, name, len, NULL);
	w->message = false;
	return r;
}

int walk_mail_step(struct walk *w, struct dir *at, int fd, unsigned *max)
{
	int r = 0;
	while (*max && w->box_at < w->box.count) {
		const struct mail_item *i = &w->box.item[w->box_at++];
		if (i->taken || i->where != (uint32_t)w->now->folder)
			continue;
		--*max;
		r = list_one(w, at, fd, i);
		if (r < 0)
			return r;
	}
	if (w->box_at < w->box.count)
		return 1;
	if (!w->box_sure)
		w->flags |= LISTING_UNSURE;
	if (w->now->folder == MAIL_CUR) {
		r = list_last(w);
		forget_box(w);
	}
	return r;
}

int walk_mail_moved(struct walk *w, const char *name, size_t len)
{
	char by_now[NAME_LIMIT + 1];
	struct dir *folder[MAIL_TMP];
	int fd[MAIL_TMP], r = 0;
	struct mail_item *was = mail_list_exact(&w->box, name, len, (uint32_t)w->now->folder);
	w->box_sure = false;
	w->restless = true;
	if (was)
		was->taken = true;
	if (!w->found_again)
		return 0;
	w->found_again--;
	for (int i = 0; i < MAIL_TMP; i++) {
		folder[i] = dir_child(w->box_of->origin[0], mail_folder_names[i],
				      strlen(mail_folder_names[i]));
		fd[i] = folder[i] ? dir_pin(folder[i]) : -ENOMEM;
	}
	r = maildir_find(by_now, fd, name, mail_name_parse(name, len).base_len);
	for (int i = 0; i < MAIL_TMP; i++) {
		if (fd[i] >= 0)
			dir_unpin(folder[i]);
		dir_unref(folder[i]);
	}
	/* in a folder that was listed already it is the next run's */
	if (r < (int)w->now->folder || r == MAIL_TMP)
		return r == -ENOMEM ? r : 0;
	size_t now = strlen(by_now);
	if (mail_list_exact(&w->box, by_now, now, (uint32_t)r))
		return 0;
	return mail_list_add(&w->box, by_now, now, DT_UNKNOWN, (uint32_t)r) == -ENOMEM ? -ENOMEM : 0;
}
