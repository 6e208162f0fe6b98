#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/codec/hash.h"
#include "xfer/tree/journal.h"

enum { HASHED = 40, MAGIC = 0x314a4658 /* "XFJ1" */ };

static const struct journal_state trusted = { .since = INT64_MAX, .doubt = INT64_MIN };

static bool unpack(struct journal_state *out, const uint8_t *record)
{
	struct reader r = reader_of(record, JOURNAL_RECORD);
	struct digest d = hash_of(record, HASHED);
	if (reader_u32(&r) != MAGIC || reader_u32(&r) != 0 ||
	    memcmp(record + HASHED, d.byte, JOURNAL_RECORD - HASHED) != 0)
		return false;
	out->until = (int64_t)reader_u64(&r);
	out->instance = reader_u64(&r);
	out->since = (int64_t)reader_u64(&r);
	out->doubt = (int64_t)reader_u64(&r);
	return true;
}

static void put_u64(uint8_t *to, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

void journal_pack(uint8_t record[static JOURNAL_RECORD], const struct journal_state *s)
{
	put_u64(record, MAGIC);
	put_u64(record + 8, (uint64_t)s->until);
	put_u64(record + 16, s->instance);
	put_u64(record + 24, (uint64_t)s->since);
	put_u64(record + 32, (uint64_t)s->doubt);
	struct digest d = hash_of(record, HASHED);
	memcpy(record + HASHED, d.byte, JOURNAL_RECORD - HASHED);
}

bool journal_parse(const uint8_t *data, size_t len, struct journal_state *out)
{
	*out = trusted;
	for (size_t n = len / JOURNAL_RECORD; n > 0; n--) {
		if (!unpack(out, data + (n - 1) * JOURNAL_RECORD))
			continue;
		if (n * JOURNAL_RECORD != len)
			out->instance = 0; /* what more was written is not known */
		return true;
	}
	out->until = INT64_MIN;
	return len > 0;
}

void journal_distrust(struct journal_state *s, int64_t now)
{
	/* a clock that was set back says nothing about what is later */
	int64_t since = now < s->until || s->until < INT64_MIN + JOURNAL_SLACK ? INT64_MIN
									       : s->until - JOURNAL_SLACK;
	if (since < s->since)
		s->since = since;
	if (now > s->doubt)
		s->doubt = now;
	s->until = now;
}

void journal_begin_state(struct journal_state *s, bool known, int64_t now, uint64_t instance)
{
	if (!known) {
		*s = trusted;
		s->until = now;
	} else if (!instance || s->instance != instance) {
		journal_distrust(s, now);
	} else if (now < s->until) {
		s->until = now;
	}
	s->instance = instance;
}

bool journal_is_suspect(const struct journal_state *s, int64_t changed)
{
	return changed >= s->since && changed <= s->doubt;
}
