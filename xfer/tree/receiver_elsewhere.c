#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/mail_name.h"
#include "xfer/tree/receiver_impl.h"

/* All messages of the destination, as it was when the first was looked for in vain: each names a folder by its number. */
struct elsewhere {
	struct mail_list list;
	struct dir **folder; /* shares */
	size_t folders, room;
	struct dir **stack; /* still to be looked at: shares */
	size_t depth, stack_room;
};

void elsewhere_free(struct elsewhere *w)
{
	if (!w)
		return;
	mail_list_fini(&w->list);
	while (w->folders)
		dir_unref(w->folder[--w->folders]);
	while (w->depth)
		dir_unref(w->stack[--w->depth]);
	free(w->folder);
	free(w->stack);
	free(w);
}

/* Takes the share. */
static int push(struct dir ***list, size_t *count, size_t *room, struct dir *d)
{
	if (d && *count == *room) {
		size_t more = *room ? *room * 2 : 64;
		struct dir **grown = realloc(*list, more * sizeof(struct dir *));
		if (!grown) {
			dir_unref(d);
			return -ENOMEM;
		}
		*list = grown;
		*room = more;
	}
	if (!d)
		return -ENOMEM;
	(*list)[(*count)++] = d;
	return 0;
}

/* The messages of a mailbox. */
static int add_box(struct elsewhere *w, struct dir *box)
{
	int code = 0;
	for (int i = 0; code == 0 && i < MAIL_TMP; i++) {
		struct dir *d = dir_child(box, mail_folder_names[i], 3);
		code = push(&w->folder, &w->folders, &w->room, d);
		int fd = code < 0 ? -1 : dir_fd(d);
		if (fd >= 0)
			code = mail_list_read(&w->list, fd, (uint32_t)(w->folders - 1));
		if (code != -ENOMEM && code != -EOVERFLOW)
			code = 0; /* one that cannot be read has none for us */
	}
	return code;
}

/* The directories in d: to be looked at, or, of a mailbox, its messages. */
static int look_into(struct elsewhere *w, struct dir *d)
{
	struct mail_list names;
	int fd = dir_fd(d), code = 0;
	if (fd < 0)
		return 0;
	bool is_box = maildir_is(fd);
	mail_list_init(&names);
	if (mail_list_read(&names, fd, 0) == -ENOMEM)
		code = -ENOMEM;
	for (size_t k = 0; code == 0 && k < names.count; k++) {
		const struct mail_item *i = &names.item[k];
		const char *name = mail_list_name(&names, i);
		if (i->type != DT_DIR || temp_name_is(name, i->len) ||
		    (is_box && maildir_folder(name, i->len) != MAIL_FOLDERS))
			continue;
		code = push(&w->stack, &w->depth, &w->stack_room, dir_child(d, name, i->len));
	}
	mail_list_fini(&names);
	return code == 0 && is_box ? add_box(w, d) : code;
}

/* Too many messages, or too little memory: those that are known have to do. */
static struct elsewhere *look_everywhere(struct receiver *r)
{
	struct elsewhere *w = calloc(1, sizeof *w);
	if (!w)
		return NULL;
	mail_list_init(&w->list);
	int code = r->job->root && !r->job->root_is_new
			   ? push(&w->stack, &w->depth, &w->stack_room, dir_ref(r->job->root))
			   : 0;
	while (code == 0 && w->depth) {
		struct dir *d = w->stack[--w->depth];
		code = look_into(w, d);
		dir_unref(d);
	}
	return w;
}

static int link_one(struct receiver *r, const struct entry *e, struct dir *from, const char *old,
		    const char *name, struct stat *st)
{
	int fd = dir_pin(from), code = fd;
	if (fd < 0)
		return fd;
	code = receiver_stat(fd, old, strlen(old), st) == 1 && mail_is_same(r, e, st) ? 0 : -ENOENT;
	int to = code == 0 && !r->compare ? dir_fd(r->now->dir) : -1;
	if (code == 0 && !r->compare)
		code = to < 0 ? to : linkat(fd, old, to, name, 0) < 0 ? -errno : 0;
	dir_unpin(from);
	return code;
}

static void tell_linked(struct receiver *r, struct dir *from, const char *old, const char *name)
{
	struct buf path;
	buf_init(&path, SIZE_MAX / 2);
	buf_bytes(&path, " <= ", 4);
	dir_path(from, &path);
	buf_bytes(&path, old, strlen(old) + 1);
	if (!path.failed)
		receiver_item(r, r->now, name, strlen(name), "*renaming  ", false, (const char *)path.data);
	buf_fini(&path);
}

int elsewhere_link(struct receiver *r, const struct entry *e, const char *name, struct stat *st)
{
	char old[NAME_LIMIT + 1];
	size_t base_len = mail_name_parse(name, e->name_len).base_len;
	if (!r->elsewhere && !(r->elsewhere = look_everywhere(r)))
		return 0;
	struct elsewhere *w = r->elsewhere;
	for (const struct mail_item *i = NULL; (i = mail_list_base(&w->list, i, name, base_len));) {
		memcpy(old, mail_list_name(&w->list, i), i->len);
		old[i->len] = '\0';
		if (link_one(r, e, w->folder[i->where], old, name, st) < 0)
			continue;
		tell_linked(r, w->folder[i->where], old, name);
		return 1;
	}
	return 0;
}
