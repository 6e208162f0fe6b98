#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/spill_map.h"
#include "xfer/tree/receiver_impl.h"

enum { RECORDS_MEMORY = 1 << 20, PLACES = 64 };

/* By the seq of its entry: a file's first name that is settled, or a directory with such names in or below it that is
 * finished and no node any more. What is still a node is asked there. */
struct record {
	uint64_t dir, dev, ino; /* dir: the seq of the directory that it stands in */
	enum leader_state state;
	bool have_dir, dir_known;
	char name[NAME_LIMIT + 1]; /* as much of it as there is, and its NUL */
};

/* A finished directory that was asked for lately. */
struct place {
	uint64_t seq;
	struct dir *dir;
	char *path;
};

struct leaders {
	struct spill_map *records;
	struct place place[PLACES];
	struct buf path, chain; /* scratch */
	struct err err;		/* a record is missing: told when one is needed */
};

int leaders_init(struct receiver *r)
{
	r->leaders = calloc(1, sizeof *r->leaders);
	if (!r->leaders)
		return -ENOMEM;
	buf_init(&r->leaders->path, SIZE_MAX / 2);
	buf_init(&r->leaders->chain, SIZE_MAX / 2);
	r->leaders->records = spill_map_new(r->o->spill_dir, RECORDS_MEMORY);
	return r->leaders->records ? 0 : -ENOMEM;
}

static void forget(struct place *p)
{
	dir_unref(p->dir);
	free(p->path);
	*p = (struct place){ 0 };
}

void leaders_fini(struct receiver *r)
{
	struct leaders *l = r->leaders;
	if (!l)
		return;
	for (size_t i = 0; i < PLACES; i++)
		forget(&l->place[i]);
	spill_map_free(l->records);
	buf_fini(&l->path);
	buf_fini(&l->chain);
	free(l);
}

static void put(struct leaders *l, uint64_t seq, struct record *record, const char *name)
{
	size_t len = strlen(name) + 1;
	memcpy(record->name, name, len);
	if (!l->err.code)
		(void)spill_map_put(l->records, seq, record, offsetof(struct record, name) + len, &l->err);
}

void leader_put(struct receiver *r, uint64_t seq, struct rnode *n, const char *name, enum leader_state state)
{
	struct record record = { .dir = n->seq, .state = state };
	put(r->leaders, seq, &record, name);
	n->leads = true;
}

void leader_dir_done(struct receiver *r, struct rnode *n)
{
	struct record record = {
		.dir = n->parent->seq,
		.state = LEADER_DIRECTORY,
		.have_dir = n->dir != NULL,
		.dir_known = n->dir && dir_is_known(n->dir),
	};
	if (!n->leads)
		return;
	if (record.dir_known) {
		record.dev = dir_dev(n->dir);
		record.ino = dir_ino(n->dir);
	}
	put(r->leaders, n->seq, &record, n->name);
	n->parent->leads = true;
}

static int get(struct leaders *l, uint64_t seq, struct record *record, struct err *err)
{
	if (l->err.code) {
		*err = l->err;
		return err->code;
	}
	return spill_map_get(l->records, seq, record, sizeof *record, err);
}

void leader_in_node(struct receiver *r, struct leader *out, struct rnode *n)
{
	size_t len;
	struct buf *path = &r->leaders->path;
	const char *p = receiver_path(r, n, "", 0, &len);
	buf_clear(path);
	buf_bytes(path, p, len + 1);
	out->dir = n->dir;
	out->dir_path = path->failed ? "" : (const char *)path->data;
}

/* From *d, whose path ends in a slash and NUL, to the directory of a record in it. */
static int step_down(struct dir **d, struct buf *path, const struct record *record)
{
	if (path->failed)
		return -ENOMEM;
	path->len--;
	buf_bytes(path, record->name, strlen(record->name));
	buf_bytes(path, "/", 2);
	struct dir *down = NULL;
	if (*d && record->have_dir && !(down = dir_child(*d, record->name, strlen(record->name))))
		return -ENOMEM;
	if (down && record->dir_known)
		dir_expect(down, (dev_t)record->dev, (ino_t)record->ino);
	dir_unref(*d);
	*d = down;
	return 0;
}

/* Finds a directory that is finished: up to the first that is still a node (the root always is), and down again. */
static int find_place(struct receiver *r, struct place *p, uint64_t seq, struct err *err)
{
	struct leaders *l = r->leaders;
	struct record record;
	struct rnode *n;
	buf_clear(&l->chain);
	for (uint64_t at = seq; !(n = node_find(r, at)); at = record.dir) {
		buf_u64(&l->chain, at);
		int code = get(l, at, &record, err);
		CHECK(code < 0 || (code > 0 && record.state == LEADER_DIRECTORY));
		if (code < 0)
			return code;
	}
	struct leader top;
	leader_in_node(r, &top, n);
	struct dir *d = top.dir ? dir_ref(top.dir) : NULL;
	int code = l->chain.failed ? -ENOMEM : 0;
	for (size_t left = l->chain.len; code >= 0 && left; left -= sizeof seq) {
		struct reader in = reader_of(l->chain.data + left - sizeof seq, sizeof seq);
		code = get(l, reader_u64(&in), &record, err);
		if (code > 0 && (code = step_down(&d, &l->path, &record)) < 0)
			err_set(err, code, "hard links");
	}
	forget(p);
	*p = (struct place){ seq, d, l->path.failed ? NULL : strdup((const char *)l->path.data) };
	return code < 0 ? code : p->path ? 0 : err_set(err, -ENOMEM, "hard links");
}

int leader_find(struct receiver *r, struct leader *out, uint64_t seq, struct err *err)
{
	struct record record;
	int code = get(r->leaders, seq, &record, err);
	if (code <= 0 || record.state == LEADER_DIRECTORY)
		return code < 0 ? code : 0;
	out->state = record.state;
	memcpy(out->name, record.name, strlen(record.name) + 1);
	struct rnode *n = node_find(r, record.dir);
	if (n) {
		leader_in_node(r, out, n);
		return 1;
	}
	struct place *p = &r->leaders->place[record.dir % PLACES];
	if (!p->path || p->seq != record.dir)
		code = find_place(r, p, record.dir, err);
	if (code < 0)
		return code;
	out->dir = p->dir;
	out->dir_path = p->path;
	return 1;
}
