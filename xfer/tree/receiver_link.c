#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/receiver_impl.h"

enum { GROUPS_MAX = 1 << 22 };

int links_init(struct receiver *r)
{
	r->group_slots = 256;
	r->group_hash = calloc(r->group_slots, sizeof(struct linkgroup *));
	return r->group_hash ? 0 : -ENOMEM;
}

static struct linkgroup **slot_of(struct receiver *r, uint64_t leader)
{
	return &r->group_hash[leader * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (r->group_slots - 1)];
}

static struct linkgroup *find(struct receiver *r, uint64_t leader)
{
	struct linkgroup *g = *slot_of(r, leader);
	while (g && g->leader != leader)
		g = g->hash_next;
	return g;
}

static int grow(struct receiver *r)
{
	struct linkgroup **old = r->group_hash;
	size_t slots = r->group_slots;
	struct linkgroup **more = calloc(slots * 2, sizeof(struct linkgroup *));
	if (!more)
		return -ENOMEM;
	r->group_hash = more;
	r->group_slots = slots * 2;
	for (size_t i = 0; i < slots; i++)
		for (struct linkgroup *g = old[i], *next; g; g = next) {
			next = g->hash_next;
			struct linkgroup **to = slot_of(r, g->leader);
			g->hash_next = *to;
			*to = g;
		}
	free(old);
	return 0;
}

void links_fini(struct receiver *r)
{
	for (size_t i = 0; r->group_hash && i < r->group_slots; i++)
		for (struct linkgroup *g = r->group_hash[i], *next; g; g = next) {
			next = g->hash_next;
			for (struct follower *f = g->waiting, *after; f; f = after) {
				after = f->next;
				free(f->name);
				free(f);
			}
			dir_unref(g->dir);
			free(g->name);
			free(g->path);
			free(g);
		}
	free(r->group_hash);
}

struct linkgroup *link_lead(struct receiver *r, struct rnode *n, const struct entry *e)
{
	if (r->group_count >= GROUPS_MAX || (r->group_count >= r->group_slots && grow(r) < 0))
		return NULL;
	struct linkgroup *g = calloc(1, sizeof *g);
	if (!g)
		return NULL;
	size_t path_len;
	*g = (struct linkgroup){ .leader = e->seq, .name = strndup(e->name, e->name_len) };
	/* in a dry run there may be no directory: the name is enough for people */
	g->dir = n->dir ? dir_ref(n->dir) : NULL;
	g->path = strdup(receiver_path(r, n, e->name, e->name_len, &path_len));
	if (!g->name || !g->path) {
		dir_unref(g->dir);
		free(g->name);
		free(g->path);
		free(g);
		return NULL;
	}
	struct linkgroup **to = slot_of(r, e->seq);
	g->hash_next = *to;
	*to = g;
	r->group_count++;
	return g;
}

/* Makes name in n the same file as the group's. Fills e. */
static int make_link(struct receiver *r, struct linkgroup *g, struct rnode *n, const char *name,
		     struct err *e)
{
	char temp[NAME_LIMIT + 1];
	int from = dir_pin(g->dir);
	if (from < 0)
		return err_set(e, from, "open the directory of %s", g->path);
	int to = dir_fd(n->dir), code = 0;
	if (to < 0)
		code = err_set(e, to, "open its directory");
	receiver_disk_name(n, name, strlen(name), temp);
	if (code == 0 && linkat(from, g->name, to, temp, 0) < 0) {
		code = -errno;
		if (code == -EEXIST)
			code = unlinkat(to, temp, 0) < 0 || linkat(from, g->name, to, temp, 0) < 0 ? -errno
												   : 0;
		if (code < 0)
			err_set(e, code, "link to %s", g->path);
	}
	bool renamed = code == 0 && strcmp(temp, name) != 0;
	int put = renamed ? receiver_put(r, n, temp, name, S_IFREG) : 0;
	if (put < 0)
		code = err_set(e, put, "make way for it");
	/* rename does nothing when both are the same file already */
	to = dir_fd(n->dir);
	if (renamed && to >= 0)
		unlinkat(to, temp, 0);
	dir_unpin(g->dir);
	return code;
}

static void tell_link(struct receiver *r, const struct linkgroup *g, struct rnode *n, const char *name,
		      bool created, mode_t mode)
{
	char code[CHANGE_SIZE], *suffix;
	change_code(code, 'h', mode, created, 0, true);
	if (asprintf(&suffix, " => %s", g->path) < 0)
		return;
	receiver_item(r, n, name, strlen(name), code, false, suffix);
	free(suffix);
}

/* Links one name to a group that is in place. 0; a fatal -errno with *err filled. */
static int follow(struct receiver *r, struct linkgroup *g, struct rnode *n, const char *name,
		  const struct item *item, bool existed, struct err *err)
{
	struct err e = { 0 };
	int code = r->compare ? 0 : make_link(r, g, n, name, &e);
	if (code < 0) {
		receiver_fail_err(r, n, name, &e);
		if (receiver_is_fatal(code) && err)
			*err = e;
		return receiver_is_fatal(code) ? code : 0;
	}
	tell_link(r, g, n, name, !existed, item->mode);
	*(existed ? &r->account.items.updated : &r->account.items.copied) += 1;
	receiver_add_digest(r, item, NULL);
	return 0;
}

void link_settled(struct receiver *r, struct linkgroup *g, bool there)
{
	g->state = there ? GROUP_THERE : GROUP_FAILED;
	struct follower *f = g->waiting;
	g->waiting = NULL;
	while (f) {
		struct follower *next = f->next;
		if (there)
			(void)follow(r, g, f->node, f->name, &f->item, f->existed, NULL);
		else
			receiver_fail(r, f->node, f->name, strlen(f->name), -ENOLINK,
				      "the file it is another name of was not copied");
		node_release(r, f->node, true);
		free(f->name);
		free(f);
		f = next;
	}
}

/* Is the name that is there the group's file already? */
static bool is_linked(struct linkgroup *g, const struct stat *st)
{
	struct stat lead;
	int fd = g->dir ? dir_fd(g->dir) : -1;
	return st && fd >= 0 && fstatat(fd, g->name, &lead, AT_SYMLINK_NOFOLLOW) == 0 &&
	       lead.st_dev == st->st_dev && lead.st_ino == st->st_ino;
}

int link_left(struct receiver *r, const struct entry *e, bool there, struct err *err)
{
	if (!e->linked || !r->o->hard_links || e->leader != e->seq)
		return 0;
	struct linkgroup *g = link_lead(r, r->now, e);
	if (!g)
		return err_set(err, -ENOMEM, "hard links");
	g->state = there ? GROUP_THERE : GROUP_LEFT;
	return 0;
}

int link_follow(struct receiver *r, const struct entry *e, const struct stat *st, enum verdict *verdict,
		struct err *err)
{
	struct linkgroup *g = find(r, e->leader);
	struct rnode *n = r->now;
	if (!g || g->state == GROUP_FAILED)
		return err_set(err, -ENOLINK, "the file it is another name of was not copied");
	if (g->state == GROUP_LEFT) {
		r->account.items.skipped++;
		*verdict = VERDICT_LEAVE;
		return 0;
	}
	if (g->state == GROUP_THERE && is_linked(g, st)) {
		r->account.items.unchanged++;
		return 0;
	}
	char name[NAME_LIMIT + 1];
	memcpy(name, e->name, e->name_len);
	name[e->name_len] = '\0';
	int code = st && r->compare ? receiver_make_way(r, n, name, st, e->mode) : 0;
	if (code < 0)
		return err_set(err, code, "make way for it");
	struct follower *f = calloc(1, sizeof *f);
	if (!f || !(f->name = strdup(name))) {
		free(f);
		return err_set(err, -ENOMEM, "hard links");
	}
	item_from_entry(&f->item, &n->path, r->sent);
	f->node = n;
	f->existed = st != NULL;
	r->counted_later = true; /* in the digest when it is linked */
	if (g->state == GROUP_WAITING && !r->compare) {
		f->next = g->waiting;
		g->waiting = f;
		node_hold(n, true);
		return 0;
	}
	code = follow(r, g, n, name, &f->item, st != NULL, err);
	free(f->name);
	free(f);
	return code;
}
