#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/tree/receiver_impl.h"

/* So many of those that wait keep their node, and with it their descriptor: in most trees all of them. */
enum { WAITING_NODES = 1024, PARKED_MEMORY = 1 << 20 };

/* A directory that waits for its listing, as a record. What is not here follows from its parent. */
struct parked {
	uint64_t seq, dev, ino;
	struct meta meta; /* without attributes */
	bool have_meta, fresh, adopted, staged, leave, have_dir, dir_known;
	char name[NAME_LIMIT]; /* as much of it as there is */
};

static struct rnode **slot_of(struct receiver *r, uint64_t seq)
{
	return &r->node_hash[seq * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (r->node_slots - 1)];
}

struct rnode *node_find(struct receiver *r, uint64_t seq)
{
	struct rnode *n = *slot_of(r, seq);
	while (n && n->seq != seq)
		n = n->hash_next;
	return n;
}

static int grow(struct receiver *r)
{
	struct rnode **old = r->node_hash;
	size_t slots = r->node_slots;
	struct rnode **more = calloc(slots * 2, sizeof(struct rnode *));
	if (!more)
		return -ENOMEM;
	r->node_hash = more;
	r->node_slots = slots * 2;
	for (size_t i = 0; i < slots; i++)
		for (struct rnode *n = old[i], *next; n; n = next) {
			next = n->hash_next;
			struct rnode **to = slot_of(r, n->seq);
			n->hash_next = *to;
			*to = n;
		}
	free(old);
	return 0;
}

void node_free(struct receiver *r, struct rnode *n)
{
	struct rnode **at = slot_of(r, n->seq);
	while (*at != n)
		at = &(*at)->hash_next;
	*at = n->hash_next;
	r->node_count--;
	dir_unref(n->dir);
	dir_unref(n->through);
	filter_dir_unref(n->rules);
	free(n->name);
	free(n);
}

static struct rnode *node_add(struct receiver *r, struct rnode *parent, uint64_t seq, const char *name,
			      size_t len)
{
	if (r->node_count >= NODES_MAX || (r->node_count >= r->node_slots && grow(r) < 0))
		return NULL;
	struct rnode *n = calloc(1, sizeof *n);
	if (!n)
		return NULL;
	*n = (struct rnode){ .seq = seq, .parent = parent, .pending = 1, .name = strndup(name, len) };
	if (!n->name) {
		free(n);
		return NULL;
	}
	if (parent) {
		n->path = path_hash(&parent->path, name, len);
		n->rules = filter_dir_ref(parent->rules);
		n->leave = parent->leave;
	}
	struct rnode **to = slot_of(r, seq);
	n->hash_next = *to;
	*to = n;
	r->node_count++;
	return n;
}

int node_table_init(struct receiver *r)
{
	r->node_slots = 256;
	r->node_hash = calloc(r->node_slots, sizeof(struct rnode *));
	r->parked = spill_new(r->o->spill_dir, PARKED_MEMORY);
	r->root = r->node_hash && r->parked ? node_add(r, NULL, 0, "", 0) : NULL;
	r->dirs_open = 1;
	return r->root ? 0 : -ENOMEM;
}

void node_table_fini(struct receiver *r)
{
	for (size_t i = 0; r->node_hash && i < r->node_slots; i++)
		while (r->node_hash[i])
			node_free(r, r->node_hash[i]);
	free(r->node_hash);
	spill_free(r->parked);
}

struct rnode *node_new(struct receiver *r, const struct entry *e)
{
	struct rnode *n = node_add(r, r->now, e->seq, e->name, e->name_len);
	if (n) {
		r->dirs_open++;
		r->now->pending++;
	}
	return n;
}

static int park(struct receiver *r, struct rnode *n, struct err *err)
{
	size_t len = strlen(n->name);
	struct parked p = {
		.seq = n->seq,
		.meta = n->meta,
		.have_meta = n->have_meta,
		.fresh = n->fresh,
		.adopted = n->adopted,
		.staged = n->staged,
		.leave = n->leave,
		.have_dir = n->dir != NULL,
		.dir_known = n->dir && dir_is_known(n->dir),
	};
	CHECK(!n->meta.attrs && !n->files && n->pending == 1);
	if (p.dir_known) {
		p.dev = dir_dev(n->dir);
		p.ino = dir_ino(n->dir);
	}
	memcpy(p.name, n->name, len);
	int code = spill_list_put(&n->parent->parked, r->parked, &p, offsetof(struct parked, name) + len,
				  err);
	if (code == 0)
		node_free(r, n);
	return code;
}

int node_wait(struct receiver *r, struct rnode *n, struct err *err)
{
	struct rnode *parent = n->parent;
	/* the order is kept: behind one that is parked all are */
	if (r->waiting >= WAITING_NODES || !spill_list_empty(&parent->parked))
		return park(r, n, err);
	*(parent->kids_last ? &parent->kids_last->next : &parent->kids_first) = n;
	parent->kids_last = n;
	r->waiting++;
	return 0;
}

/* Makes a node again of the first that parent parked. 1: *out; 0: there is none; -errno. */
static int unpark(struct receiver *r, struct rnode **out, struct rnode *parent, struct err *err)
{
	struct parked p;
	int got = spill_list_take(&parent->parked, r->parked, &p, sizeof p, err);
	if (got <= 0)
		return got;
	size_t len = (size_t)got - offsetof(struct parked, name);
	struct rnode *n = node_add(r, parent, p.seq, p.name, len);
	if (!n)
		return err_set(err, -ENOMEM, "directories");
	n->meta = p.meta;
	n->have_meta = p.have_meta;
	n->fresh = p.fresh;
	n->adopted = p.adopted;
	n->staged = p.staged;
	n->leave = p.leave;
	*out = n;
	if (!p.have_dir)
		return 1;
	char temp[TEMP_NAME_SIZE];
	if (n->staged)
		temp_name(temp, n->name, len);
	const char *name = n->staged ? temp : n->name;
	n->dir = dir_child(parent->dir, name, strlen(name));
	if (!n->dir)
		return err_set(err, -ENOMEM, "directories");
	if (p.dir_known)
		dir_expect(n->dir, p.dev, p.ino);
	return 1;
}

void node_wait_kids(struct receiver *r, struct rnode *n)
{
	if (!n->kids_first && spill_list_empty(&n->parked))
		return;
	n->next = r->stack;
	r->stack = n;
}

int node_next(struct receiver *r, struct rnode **out, struct err *err)
{
	struct rnode *top = r->stack, *n = top ? top->kids_first : r->root;
	int code = 0;
	*out = NULL;
	if (!top)
		*out = n->seen_listing ? NULL : n;
	if (!top)
		return 0;
	if (n) {
		top->kids_first = n->next;
		n->next = NULL;
		r->waiting--;
	} else {
		code = unpark(r, &n, top, err);
		CHECK(code != 0); /* else it would not be on the stack */
	}
	if (code < 0)
		return code;
	if (!top->kids_first)
		top->kids_last = NULL;
	if (!top->kids_first && spill_list_empty(&top->parked)) {
		r->stack = top->next;
		spill_list_drop(&top->parked, r->parked);
	}
	*out = n;
	return 0;
}

void nodes_each_waiting(struct receiver *r, void (*visit)(struct receiver *r, struct rnode *n))
{
	struct err ignored; /* what cannot be read any more stays as it is */
	for (size_t i = 0; r->node_hash && i < r->node_slots; i++)
		for (struct rnode *n = r->node_hash[i]; n; n = n->hash_next)
			visit(r, n);
	if (r->now)
		node_wait_kids(r, r->now);
	for (struct rnode *n, *parent = r->stack; parent; parent = parent->next)
		while (unpark(r, &n, parent, &ignored) > 0) {
			visit(r, n);
			node_free(r, n);
		}
}
