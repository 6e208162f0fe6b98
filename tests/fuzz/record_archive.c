/* record_archive.c - makes a seed of fuzz_archive.c from an archive: its records, as that takes them, so that what is changed in
 * them still has right hashes. Of the definitions, which an archive has twice, the first ones alone.
 *
 *   record_archive HOW <ARCHIVE >SEED */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dbdump/archive/stream.h"

enum { SEED_MOST = 1 << 20 };

static bool is_new(const struct record *r, bool *rows)
{
	*rows = *rows || r->type == RECORD_ROWS || r->type == RECORD_PART;
	return r->type < RECORD_INDEX && !(*rows && (r->type == RECORD_SECTION || r->type == RECORD_HELLO));
}

static void put(struct buf *out, struct payload *p, const struct record *r)
{
	struct buf raw;
	buf_init(&raw, RECORD_MOST);
	CHECK(payload_unpack(p, r, &raw) == 0);
	buf_u8(out, (uint8_t)r->type);
	buf_u8(out, r->flags & (RECORD_MORE | RECORD_REST));
	buf_varint(out, r->section);
	buf_varint(out, r->table);
	buf_varint(out, r->part);
	buf_varint(out, r->rows);
	buf_string(out, raw.data, raw.len);
	buf_fini(&raw);
}

int main(int argc, char **argv)
{
	const struct stream_job job = { .fd = STDIN_FILENO, .shown = "standard input" };
	struct stream *s;
	struct payload p;
	struct found f;
	struct buf out;
	struct err err;
	bool rows = false;
	buf_init(&out, SEED_MOST);
	buf_u8(&out, (uint8_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 0));
	CHECK(payload_init(&p) == 0);
	int rc = stream_new(&s, &job, &err);
	while (rc >= 0 && (rc = stream_next(s, &p, &f, &err)) > 0)
		if (is_new(&f.record, &rows))
			put(&out, &p, &f.record);
	if (rc < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	CHECK(!out.failed);
	stream_free(s);
	payload_fini(&p);
	rc = fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0;
	buf_fini(&out);
	return rc;
}
