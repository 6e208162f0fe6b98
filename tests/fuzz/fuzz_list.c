/* Records of a LIST: every entry that is taken has a name that stays in its directory, and is the same after being written
 * and read again. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/stat.h>

#include "xfer/tree/entry.h"

static void is_legal(const struct entry *e, enum record_kind kind)
{
	CHECK(e->name_len <= NAME_LIMIT && (e->name_len > 0) == (kind == RECORD_ENTRY));
	CHECK(!memchr(e->name, '/', e->name_len) && !memchr(e->name, 0, e->name_len));
	CHECK(!(e->name_len == 1 && !memcmp(e->name, ".", 1)) &&
	      !(e->name_len == 2 && !memcmp(e->name, "..", 2)));
	CHECK(e->mtime_ns < 1000000000 && e->size <= INT64_MAX && e->attrs_len <= ATTRS_LIMIT);
	CHECK(!S_ISLNK(e->mode) || (e->target_len > 0 && e->target_len <= TARGET_LIMIT));
	CHECK(!e->linked || e->leader <= e->seq);
}

static bool same_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (!a_len || !memcmp(a, b, a_len));
}

static void comes_back(const struct entry *e, enum record_kind kind)
{
	AUTO(buf_fini) struct buf b;
	struct entry_state out = { 0 }, in = { 0 };
	struct entry got = { .seq = e->seq };
	buf_init(&b, 1 << 20);
	entry_put(&b, &out, e, kind);
	struct reader r = reader_of(b.data, b.len);
	CHECK(reader_u8(&r) == kind);
	CHECK(entry_get(&r, &in, &got, kind) == 0 && reader_done(&r));
	CHECK(!memcmp(&out, &in, sizeof out));
	CHECK(got.mode == e->mode && got.uid == e->uid && got.gid == e->gid && got.size == e->size &&
	      got.mtime == e->mtime && got.mtime_ns == e->mtime_ns && got.rdev == e->rdev);
	CHECK(got.linked == e->linked && (!e->linked || got.leader == e->leader));
	CHECK(got.sparse == e->sparse && got.alloc == e->alloc && got.have_content == e->have_content);
	CHECK(same_bytes(got.name, got.name_len, e->name, e->name_len));
	CHECK(same_bytes(got.target, got.target_len, e->target, e->target_len));
	CHECK(same_bytes(got.attrs, got.attrs_len, e->attrs, e->attrs_len));
	CHECK(!e->have_content || !memcmp(&got.content, &e->content, sizeof got.content));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(data, size);
	struct entry_state state = { 0 };
	for (uint64_t seq = 1; r.at < r.end; seq++) {
		struct entry e = { .seq = seq };
		enum record_kind kind = reader_u8(&r) & 1 ? RECORD_ROOT : RECORD_ENTRY;
		const uint8_t *at = r.at;
		int code = entry_get(&r, &state, &e, kind);
		CHECK(r.at >= at && r.at <= r.end && (code == 0 || code == -EPROTO));
		if (code < 0)
			break;
		is_legal(&e, kind);
		comes_back(&e, kind);
	}
	return 0;
}
