#include "xfer/tree/entry.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum entry_flag {
	SAME_MODE = 1,
	SAME_OWNER = 2,
	SPARSE = 4,
	LEADER = 8,
	FOLLOWER = 16,
	ATTRS = 32,
	CONTENT = 64,
	MESSAGE = 128,
	BY_NAME = 256,
	IN_PARENT = 512,
};

static uint64_t flags_of(const struct entry_state *s, const struct entry *e)
{
	uint64_t flags = 0;
	if (e->mode == s->mode)
		flags |= SAME_MODE;
	if (e->uid == s->uid && e->gid == s->gid)
		flags |= SAME_OWNER;
	if (e->sparse)
		flags |= SPARSE;
	if (e->linked)
		flags |= e->leader == e->seq ? LEADER : FOLLOWER;
	if (e->attrs_len)
		flags |= ATTRS;
	if (e->have_content)
		flags |= CONTENT;
	if (e->message)
		flags |= MESSAGE;
	if (e->by_name)
		flags |= BY_NAME;
	if (e->in_parent)
		flags |= IN_PARENT;
	return flags;
}

void entry_put(struct buf *b, struct entry_state *s, const struct entry *e, enum record_kind kind)
{
	uint64_t flags = flags_of(s, e);
	buf_u8(b, (uint8_t)kind);
	buf_varint(b, flags);
	buf_string(b, e->name, e->name_len);
	if (!(flags & SAME_MODE))
		buf_varint(b, e->mode);
	if (!(flags & SAME_OWNER)) {
		buf_varint(b, e->uid);
		buf_varint(b, e->gid);
	}
	buf_signed(b, (int64_t)((uint64_t)e->mtime - (uint64_t)s->mtime));
	buf_varint(b, e->mtime_ns);
	if (S_ISREG(e->mode))
		buf_varint(b, e->size);
	else if (S_ISLNK(e->mode))
		buf_string(b, e->target, e->target_len);
	else if (S_ISCHR(e->mode) || S_ISBLK(e->mode))
		buf_varint(b, e->rdev);
	if (flags & SPARSE)
		buf_varint(b, e->alloc);
	if (flags & FOLLOWER)
		buf_varint(b, e->leader);
	if (flags & ATTRS)
		buf_string(b, e->attrs, e->attrs_len);
	if (flags & CONTENT)
		buf_bytes(b, e->content.byte, DIGEST_SIZE);
	*s = (struct entry_state){ e->mode, e->uid, e->gid, e->mtime };
}

static bool name_is_legal(const char *name, size_t len, enum record_kind kind)
{
	if (kind == RECORD_ROOT)
		return len == 0;
	if (len == 0 || memchr(name, '/', len) || memchr(name, '\0', len))
		return false;
	return !(name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')));
}

static bool mode_is_legal(uint32_t mode)
{
	if (mode > 0177777)
		return false;
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return true;
	default:
		return false;
	}
}

static void get_by_type(struct reader *r, struct entry *e)
{
	if (S_ISREG(e->mode)) {
		e->size = reader_varint(r);
		if (e->size > INT64_MAX)
			r->failed = true;
	} else if (S_ISLNK(e->mode)) {
		e->target = reader_string(r, &e->target_len, TARGET_LIMIT);
		if (!e->target_len || memchr(e->target, '\0', e->target_len))
			r->failed = true;
	} else if (S_ISCHR(e->mode) || S_ISBLK(e->mode)) {
		e->rdev = reader_varint(r);
	}
}

static uint32_t get_u32(struct reader *r)
{
	uint64_t v = reader_varint(r);
	if (v > UINT32_MAX)
		r->failed = true;
	return (uint32_t)v;
}

static void get_optional(struct reader *r, struct entry *e, uint64_t flags)
{
	e->sparse = flags & SPARSE;
	if (e->sparse)
		e->alloc = reader_varint(r);
	e->linked = flags & (LEADER | FOLLOWER);
	if (e->linked)
		e->leader = e->seq;
	if (flags & FOLLOWER)
		e->leader = reader_varint(r);
	if (flags & ATTRS)
		e->attrs = (const uint8_t *)reader_string(r, &e->attrs_len, ATTRS_LIMIT);
	e->message = flags & MESSAGE;
	e->by_name = flags & BY_NAME;
	e->in_parent = flags & IN_PARENT;
	e->have_content = flags & CONTENT;
	if (e->have_content) {
		const uint8_t *p = reader_bytes(r, DIGEST_SIZE);
		if (p)
			memcpy(e->content.byte, p, DIGEST_SIZE);
	}
}

int entry_get(struct reader *r, struct entry_state *s, struct entry *e, enum record_kind kind)
{
	uint64_t seq = e->seq;
	*e = (struct entry){ .seq = seq };
	uint64_t flags = reader_varint(r);
	e->name = reader_string(r, &e->name_len, NAME_LIMIT);
	e->mode = flags & SAME_MODE ? s->mode : get_u32(r);
	e->uid = flags & SAME_OWNER ? s->uid : get_u32(r);
	e->gid = flags & SAME_OWNER ? s->gid : get_u32(r);
	e->mtime = (int64_t)((uint64_t)s->mtime + (uint64_t)reader_signed(r));
	e->mtime_ns = get_u32(r);
	get_by_type(r, e);
	get_optional(r, e, flags);
	*s = (struct entry_state){ e->mode, e->uid, e->gid, e->mtime };

	if (r->failed || flags > 2 * IN_PARENT - 1 || e->mtime_ns > 999999999 || !mode_is_legal(e->mode) ||
	    !name_is_legal(e->name, e->name_len, kind))
		return -EPROTO;
	if (e->linked && (S_ISDIR(e->mode) || e->leader > seq || (flags & LEADER && flags & FOLLOWER)))
		return -EPROTO;
	if ((e->by_name && !e->message) || ((e->message || e->in_parent) && !S_ISREG(e->mode)))
		return -EPROTO;
	if (kind == RECORD_ROOT && !S_ISDIR(e->mode))
		return -EPROTO;
	return 0;
}

struct digest path_hash(const struct digest *dir_path, const char *name, size_t len)
{
	uint8_t bytes[DIGEST_SIZE + NAME_LIMIT];
	memcpy(bytes, dir_path->byte, DIGEST_SIZE);
	memcpy(bytes + DIGEST_SIZE, name, len);
	return hash_of(bytes, DIGEST_SIZE + len);
}

void content_put(struct buf *b, const struct content *c)
{
	buf_u8(b, c->flags);
	if (c->flags & CONTENT_FAILED)
		buf_varint(b, (uint64_t)c->error);
	if (c->flags & CONTENT_FRESH) {
		buf_varint(b, c->mode);
		buf_varint(b, c->uid);
		buf_varint(b, c->gid);
		buf_signed(b, c->mtime);
		buf_varint(b, c->mtime_ns);
	}
	buf_varint(b, c->size);
	if (c->flags & CONTENT_DIGEST)
		buf_bytes(b, c->digest.byte, DIGEST_SIZE);
}

int content_get(struct reader *r, struct content *c)
{
	c->flags = reader_u8(r);
	c->error = 0;
	if (c->flags & CONTENT_FAILED)
		c->error = (int)(get_u32(r) & 0xfff);
	if (c->flags & CONTENT_FRESH) {
		c->mode = get_u32(r);
		c->uid = get_u32(r);
		c->gid = get_u32(r);
		c->mtime = reader_signed(r);
		c->mtime_ns = get_u32(r);
		if (c->mtime_ns > 999999999 || !S_ISREG(c->mode) || c->mode > 0177777)
			r->failed = true;
	}
	c->size = reader_varint(r);
	if (c->flags & CONTENT_DIGEST) {
		const uint8_t *p = reader_bytes(r, DIGEST_SIZE);
		if (p)
			memcpy(c->digest.byte, p, DIGEST_SIZE);
	}
	return r->failed || c->size > INT64_MAX || c->flags > 31 ? -EPROTO : 0;
}
