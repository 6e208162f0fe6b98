#include "xfer/tree/item.h"

#include <sys/stat.h>

void item_from_entry(struct item *out, const struct digest *dir_path, const struct entry *e)
{
	uint8_t bytes[4 * DIGEST_SIZE];
	struct buf b = { .data = bytes, .cap = sizeof bytes, .limit = sizeof bytes };
	struct digest path = path_hash(dir_path, e->name, e->name_len);
	struct digest target = hash_of(e->target_len ? e->target : "", e->target_len);
	struct digest attrs = hash_of(e->attrs_len ? e->attrs : (const uint8_t *)"", e->attrs_len);
	buf_bytes(&b, path.byte, DIGEST_SIZE);
	buf_bytes(&b, target.byte, DIGEST_SIZE);
	buf_bytes(&b, attrs.byte, DIGEST_SIZE);
	buf_u64(&b, e->rdev);
	*out = (struct item){
		.fixed = hash_of(bytes, b.len),
		.mode = e->mode,
		.uid = e->uid,
		.gid = e->gid,
		.mtime = e->mtime,
		.mtime_ns = e->mtime_ns,
		.size = e->size,
	};
}

struct digest item_digest(const struct item *i, const struct digest *content, const struct options *o)
{
	uint8_t bytes[2 * DIGEST_SIZE + 64];
	struct buf b = { .data = bytes, .cap = sizeof bytes, .limit = sizeof bytes };
	bool is_dir = S_ISDIR(i->mode), is_link = S_ISLNK(i->mode);
	bool times = o->times && !(is_dir && o->omit_dir_times) && !(is_link && o->omit_link_times);
	buf_bytes(&b, i->fixed.byte, DIGEST_SIZE);
	buf_u32(&b, o->perms && !is_link ? i->mode : i->mode & S_IFMT);
	buf_u32(&b, o->owner ? i->uid : 0);
	buf_u32(&b, o->group ? i->gid : 0);
	buf_u64(&b, times ? (uint64_t)i->mtime : 0);
	buf_u32(&b, times ? i->mtime_ns : 0);
	buf_u64(&b, i->size);
	if (content)
		buf_bytes(&b, content->byte, DIGEST_SIZE);
	return hash_of(bytes, b.len);
}
