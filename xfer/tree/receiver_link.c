#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/receiver_impl.h"

int links_init(struct receiver *r)
{
	r->group_slots = 256;
	r->group_hash = calloc(r->group_slots, sizeof(struct linkgroup *));
	return r->group_hash ? leaders_init(r) : -ENOMEM;
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

static void group_free(struct linkgroup *g)
{
	for (struct follower *f = g->waiting, *after; f; f = after) {
		after = f->next;
		free(f->name);
		free(f);
	}
	free(g->name);
	free(g);
}

void links_fini(struct receiver *r)
{
	for (size_t i = 0; r->group_hash && i < r->group_slots; i++)
		for (struct linkgroup *g = r->group_hash[i], *next; g; g = next) {
			next = g->hash_next;
			group_free(g);
		}
	free(r->group_hash);
	leaders_fini(r);
}

struct linkgroup *link_lead(struct receiver *r, const struct entry *e)
{
	if (r->group_count >= r->group_slots && grow(r) < 0)
		return NULL;
	struct linkgroup *g = calloc(1, sizeof *g);
	if (!g)
		return NULL;
	*g = (struct linkgroup){ .leader = e->seq, .node = r->now, .name = strndup(e->name, e->name_len) };
	if (!g->name) {
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
static int make_link(struct receiver *r, const struct leader *l, struct rnode *n, const char *name,
		     struct err *e)
{
	char temp[NAME_LIMIT + 1];
	int from = dir_pin(l->dir);
	if (from < 0)
		return err_set(e, from, "open the directory of %s%s", l->dir_path, l->name);
	int to = dir_fd(receiver_temp_dir(n)), code = 0;
	if (to < 0)
		code = err_set(e, to, "open its directory");
	receiver_disk_name(n, name, strlen(name), temp);
	if (code == 0 && linkat(from, l->name, to, temp, 0) < 0) {
		code = -errno;
		if (code == -EEXIST)
			code = unlinkat(to, temp, 0) < 0 || linkat(from, l->name, to, temp, 0) < 0 ? -errno
												   : 0;
		if (code < 0)
			err_set(e, code, "link to %s%s", l->dir_path, l->name);
	}
	bool renamed = code == 0 && strcmp(temp, name) != 0;
	int put = renamed ? receiver_put(r, n, temp, name, S_IFREG) : 0;
	if (put < 0)
		code = err_set(e, put, "make way for it");
	/* rename does nothing when both are the same file already */
	to = dir_fd(receiver_temp_dir(n));
	if (renamed && to >= 0)
		unlinkat(to, temp, 0);
	dir_unpin(l->dir);
	return code;
}

static void tell_link(struct receiver *r, const struct leader *l, struct rnode *n, const char *name,
		      bool created, mode_t mode)
{
	char code[CHANGE_SIZE], *suffix;
	change_code(code, 'h', mode, created, 0, true);
	if (asprintf(&suffix, " => %s%s", l->dir_path, l->name) < 0)
		return;
	receiver_item(r, n, name, strlen(name), code, false, suffix);
	free(suffix);
}

/* Links one name to a group that is in place. 0; a fatal -errno with *err filled. */
static int follow(struct receiver *r, const struct leader *l, struct rnode *n, const char *name,
		  const struct item *item, bool existed, struct err *err)
{
	struct err e = { 0 };
	int code = r->compare ? 0 : make_link(r, l, n, name, &e);
	if (code < 0) {
		receiver_fail_err(r, n, name, &e);
		if (receiver_is_fatal(code) && err)
			*err = e;
		return receiver_is_fatal(code) ? code : 0;
	}
	tell_link(r, l, n, name, !existed, item->mode);
	*(existed ? &r->account.items.updated : &r->account.items.copied) += 1;
	receiver_add_digest(r, item, NULL);
	return 0;
}

static void forget(struct receiver *r, struct linkgroup *g)
{
	struct linkgroup **at = slot_of(r, g->leader);
	while (*at != g)
		at = &(*at)->hash_next;
	*at = g->hash_next;
	r->group_count--;
	group_free(g);
}

void link_settled(struct receiver *r, struct linkgroup *g, bool there)
{
	struct leader lead = { .state = there ? LEADER_THERE : LEADER_FAILED };
	memcpy(lead.name, g->name, strlen(g->name) + 1);
	leader_in_node(r, &lead, g->node);
	while (g->waiting) {
		struct follower *f = g->waiting;
		g->waiting = f->next;
		r->followers--;
		if (there)
			(void)follow(r, &lead, f->node, f->name, &f->item, f->existed, NULL);
		else
			receiver_fail(r, f->node, f->name, strlen(f->name), -ENOLINK,
				      "the file it is another name of was not copied");
		node_release(r, f->node, true);
		free(f->name);
		free(f);
	}
	leader_put(r, g->leader, g->node, g->name, lead.state);
	forget(r, g);
}

/* Is the name that is there the leader's file already? */
static bool is_linked(const struct leader *l, const struct stat *st)
{
	struct stat lead;
	int fd = l->dir ? dir_fd(l->dir) : -1;
	return st && fd >= 0 && fstatat(fd, l->name, &lead, AT_SYMLINK_NOFOLLOW) == 0 &&
	       lead.st_dev == st->st_dev && lead.st_ino == st->st_ino;
}

/* The leader's content is still to come. */
static int wait_for(struct receiver *r, struct linkgroup *g, const struct entry *e, const struct stat *st,
		    struct err *err)
{
	struct follower *f = calloc(1, sizeof *f);
	if (!f || !(f->name = strndup(e->name, e->name_len))) {
		free(f);
		return err_set(err, -ENOMEM, "hard links");
	}
	item_from_entry(&f->item, &r->now->path, r->sent);
	f->node = r->now;
	f->existed = st != NULL;
	f->next = g->waiting;
	g->waiting = f;
	r->followers++;
	node_hold(f->node, true);
	return 0;
}

int link_follow(struct receiver *r, const struct entry *e, const struct stat *st, enum verdict *verdict,
		struct err *err)
{
	struct linkgroup *g = find(r, e->leader);
	if (g) {
		r->counted_later = true; /* in the digest when it is linked */
		return wait_for(r, g, e, st, err);
	}
	struct leader lead;
	int code = leader_find(r, &lead, e->leader, err);
	if (code < 0)
		return code;
	if (code == 0 || lead.state == LEADER_FAILED)
		return err_set(err, -ENOLINK, "the file it is another name of was not copied");
	if (lead.state == LEADER_LEFT) {
		r->account.items.skipped++;
		*verdict = VERDICT_LEAVE;
		return 0;
	}
	if (is_linked(&lead, st)) {
		r->account.items.unchanged++;
		return 0;
	}
	char name[NAME_LIMIT + 1];
	memcpy(name, e->name, e->name_len);
	name[e->name_len] = '\0';
	code = st && r->compare ? receiver_make_way(r, r->now, name, st, e->mode) : 0;
	if (code < 0)
		return err_set(err, code, "make way for it");
	struct item item;
	item_from_entry(&item, &r->now->path, r->sent);
	r->counted_later = true;
	return follow(r, &lead, r->now, name, &item, st != NULL, err);
}
