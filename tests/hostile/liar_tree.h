/* liar_tree.h - what a lying sender needs to describe a tree: records of LIST, and content, right or wrong. */
#pragma once
#include "tests/hostile/liar.h"
#include "xfer/tree/id_names.h"

static const struct options archive = { .perms = true, .times = true, .owner = true, .group = true };

static inline void list_dir(struct liar *t, uint64_t seq)
{
	buf_u8(&t->list, RECORD_DIR);
	buf_varint(&t->list, seq);
}

static inline void list_end(struct liar *t, unsigned flags)
{
	buf_u8(&t->list, RECORD_DIR_END);
	buf_u8(&t->list, (uint8_t)flags);
}

static inline void list_send(struct liar *t)
{
	send_frame(t, FRAME_LIST, 1, t->list.data, t->list.len);
	flush(t);
	buf_clear(&t->list);
	t->state = (struct entry_state){ 0 };
}

/* An entry that is right but for what the caller changes in it. */
static inline struct entry entry_of(const char *name, uint32_t mode)
{
	return (struct entry){ .name = name, .name_len = strlen(name), .mode = mode, .mtime = 1000000000 };
}

static inline uint64_t list_put(struct liar *t, struct entry e)
{
	e.seq = t->next++;
	entry_put(&t->list, &t->state, &e, RECORD_ENTRY);
	return e.seq;
}

/* In the digest too, as an entry of the root whose content is not asked for. */
static inline uint64_t list_counted(struct liar *t, struct entry e)
{
	struct item item;
	struct digest none = { { 0 } };
	item_from_entry(&item, &none, &e);
	struct digest d = item_digest(&item, NULL, &archive);
	tree_digest_add(&t->digest, &d);
	return list_put(t, e);
}

static inline uint64_t list_file(struct liar *t, const char *name, uint64_t size)
{
	struct entry e = entry_of(name, S_IFREG | 0644);
	e.size = size;
	return list_put(t, e);
}

static inline uint64_t list_link(struct liar *t, const char *name, const char *target)
{
	struct entry e = entry_of(name, S_IFLNK | 0777);
	e.target = target;
	e.target_len = strlen(target);
	return list_put(t, e);
}

static inline uint64_t list_subdir(struct liar *t, const char *name)
{
	return list_put(t, entry_of(name, S_IFDIR | 0755));
}

static inline void list_root(struct liar *t, uint32_t mode, uint32_t uid)
{
	struct entry e = entry_of("", mode);
	e.uid = e.gid = uid;
	entry_put(&t->list, &t->state, &e, RECORD_ROOT);
}

/* The listing of a root with one file; waits for the receiver's decision. */
static inline uint64_t one_file(struct liar *t, const char *name, uint64_t size)
{
	list_dir(t, 0);
	uint64_t seq = list_file(t, name, size);
	list_end(t, 0);
	list_send(t);
	await(t, FRAME_WANT);
	return seq;
}

static inline struct content content_of(uint64_t seq, const void *data, size_t len)
{
	return (struct content){ .seq = seq,
				 .flags = CONTENT_DIGEST,
				 .size = len,
				 .data = data,
				 .digest = file_hash_small(data, len) };
}

/* A bundle of one file; stored: the bytes that really follow its head. */
static inline void send_bundle(struct liar *t, const struct content *c, size_t stored)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_varint(&b, c->seq);
	content_put(&b, c);
	buf_bytes(&b, c->data, stored);
	send_frame(t, FRAME_BUNDLE, 0, b.data, b.len);
	flush(t);
	buf_fini(&b);
}

static inline void send_small(struct liar *t, uint64_t seq, const char *text)
{
	struct content c = content_of(seq, text, strlen(text));
	send_bundle(t, &c, strlen(text));
}

static inline void send_head(struct liar *t, enum frame_type type, const struct content *c)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	content_put(&b, c);
	send_frame(t, type, c->seq, b.data, b.len);
	buf_fini(&b);
}

static inline void begin_file(struct liar *t, uint64_t seq, uint64_t size)
{
	struct content c = { .seq = seq, .size = size };
	send_head(t, FRAME_FILE, &c);
}

static inline void end_file(struct liar *t, uint64_t seq, uint64_t size, struct digest digest)
{
	struct content c = { .seq = seq, .size = size, .flags = CONTENT_DIGEST, .digest = digest };
	send_head(t, FRAME_FILE_END, &c);
}

static inline void send_done(struct liar *t, uint64_t count)
{
	struct buf b;
	struct account a = { .digest = tree_digest_value(&t->digest) };
	buf_init(&b, FRAME_MAX);
	account_put(&b, &a);
	send_frame(t, FRAME_DONE, count, b.data, b.len);
	flush(t);
	buf_fini(&b);
}

/* A root with one entry and nothing else; the entry is in the digest. */
static inline void only_entry(struct liar *t, struct entry e)
{
	list_dir(t, 0);
	list_counted(t, e);
	list_end(t, 0);
	list_send(t);
	send_done(t, t->next);
}
