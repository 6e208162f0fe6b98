#include "dbdump/archive/format.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

enum { EDGE_HASHED = 48, RECORD_CHECKED = 64 };

static const char first_word[17] = "dbdump archive\n\x1a", last_word[17] = "dbdump its end\n\x1a";

static void put32(uint8_t *to, uint32_t v)
{
	v = htole32(v);
	memcpy(to, &v, sizeof v);
}

static void put64(uint8_t *to, uint64_t v)
{
	v = htole64(v);
	memcpy(to, &v, sizeof v);
}

static uint32_t get32(const uint8_t *from)
{
	uint32_t v;
	memcpy(&v, from, sizeof v);
	return le32toh(v);
}

static uint64_t get64(const uint8_t *from)
{
	uint64_t v;
	memcpy(&v, from, sizeof v);
	return le64toh(v);
}

void edge_pack(uint8_t to[static FORMAT_EDGE], const struct edge *e)
{
	memset(to, 0, FORMAT_EDGE);
	memcpy(to, e->last ? last_word : first_word, 16);
	put32(to + 16, e->version);
	memcpy(to + 24, e->id, FORMAT_ID);
	put64(to + 40, e->offset);
	struct digest hash = hash_of(to, EDGE_HASHED);
	memcpy(to + EDGE_HASHED, hash.byte, DIGEST_SIZE);
}

int edge_parse(struct edge *out, const uint8_t from[static FORMAT_EDGE])
{
	struct digest hash = hash_of(from, EDGE_HASHED);
	bool first = memcmp(from, first_word, 16) == 0, last = memcmp(from, last_word, 16) == 0;
	bool whole = memcmp(from + EDGE_HASHED, hash.byte, DIGEST_SIZE) == 0;
	*out = (struct edge){ .last = last, .version = get32(from + 16), .offset = get64(from + 40) };
	memcpy(out->id, from + 24, FORMAT_ID);
	if (!first && !last)
		return -EPROTO;
	if (!whole)
		return -EBADMSG;
	return out->version >= 1 && out->version <= FORMAT_VERSION ? 0 : -EPROTONOSUPPORT;
}

static uint64_t check_of(const uint8_t head[static RECORD_HEAD], const uint8_t id[static FORMAT_ID])
{
	uint8_t checked[RECORD_CHECKED + FORMAT_ID];
	memcpy(checked, head, RECORD_CHECKED);
	memcpy(checked + RECORD_CHECKED, id, FORMAT_ID);
	struct digest hash = hash_of(checked, sizeof checked);
	return get64(hash.byte);
}

void record_pack(uint8_t head[static RECORD_HEAD], const struct record *r, const uint8_t id[static FORMAT_ID])
{
	memset(head, 0, RECORD_HEAD);
	memcpy(head, id, RECORD_MARK);
	head[8] = (uint8_t)r->type;
	head[9] = r->flags;
	put32(head + 12, r->section);
	put64(head + 16, r->number);
	put32(head + 24, r->table);
	put32(head + 28, r->part);
	put32(head + 32, r->rows);
	put32(head + 36, r->raw);
	put32(head + 40, r->stored);
	memcpy(head + 48, r->payload.byte, DIGEST_SIZE);
	put64(head + RECORD_CHECKED, check_of(head, id));
}

/* What is hashed is as its writer meant it; that it makes sense is not said by that. */
static bool is_sound(const struct record *r)
{
	bool packed = r->flags & RECORD_PACKED;
	return r->type >= RECORD_HELLO && r->type <= RECORD_FILE &&
	       !(r->flags & ~(RECORD_MORE | RECORD_PACKED | RECORD_REST)) && r->raw <= RECORD_MOST &&
	       (packed ? r->stored < r->raw : r->stored == r->raw) && !(r->flags & RECORD_MORE && r->rows);
}

int record_parse(struct record *out, const uint8_t head[static RECORD_HEAD],
		 const uint8_t id[static FORMAT_ID])
{
	/* cppcheck-suppress ctunullpointer; nobody gives NULL */
	if (memcmp(head, id, RECORD_MARK) != 0 || get64(head + RECORD_CHECKED) != check_of(head, id))
		return -EBADMSG;
	*out = (struct record){ .type = head[8],
				.flags = head[9],
				.section = get32(head + 12),
				.number = get64(head + 16),
				.table = get32(head + 24),
				.part = get32(head + 28),
				.rows = get32(head + 32),
				.raw = get32(head + 36),
				.stored = get32(head + 40) };
	memcpy(out->payload.byte, head + 48, DIGEST_SIZE);
	return is_sound(out) ? 0 : -EBADMSG;
}
