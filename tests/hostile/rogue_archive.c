/* rogue_archive - an archive that lies: another one, in whose records some words are others, while all of its hashes are right.
 *
 *   rogue_archive IN OUT FROM TO...     FROM and TO are as long as each other; exits 1 where there is no FROM */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archive/part.h"
#include "dbdump/archive/stream.h"
#include "dbdump/archive/writer.h"

enum { PARTS = 1000 };

struct rogue {
	char *const *words; /* FROM, TO, ..., NULL */
	size_t found;
	struct writer *writer;
	struct rows_digest read[PARTS]; /* by part, as they are now */
	struct file *file;
	struct payload payload, packed;
};

static void change(struct rogue *r, struct buf *b)
{
	for (char *const *w = r->words; *w; w += 2) {
		size_t n = strlen(*w);
		CHECK(w[1] && strlen(w[1]) == n);
		for (uint8_t *at = b->data; (at = memmem(at, b->len - (size_t)(at - b->data), *w, n)) != NULL;
		     at += n) {
			memcpy(at, w[1], n);
			r->found++;
		}
	}
}

static void begin(struct rogue *r, const struct buf *b)
{
	struct hello h;
	struct err err;
	CHECK(hello_unpack(&h, b->data, b->len) == 0 && writer_new(&r->writer, r->file, &h, &err) == 0);
	hello_fini(&h);
}

static void put_part(struct rogue *r, const struct record *now, struct buf *b)
{
	struct part_over over;
	CHECK(part_over_unpack(&over, b->data, b->len) == 0);
	over.digest = r->read[now->part];
	buf_clear(b);
	part_over_pack(b, &over);
}

static void put(struct rogue *r, const struct record *read)
{
	struct record now = *read;
	struct err err;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, RECORD_MOST);
	CHECK(payload_unpack(&r->payload, read, &b) == 0 && read->part < PARTS);
	change(r, &b);
	if (now.type == RECORD_HELLO) {
		if (!r->writer) /* (the second one is the writer's own) */
			begin(r, &b);
		return;
	}
	if (now.type == RECORD_ROWS) {
		struct rows_digest d = { 0 };
		rows_digest_lines(&d, b.data, b.len);
		now.rows = (uint32_t)d.rows;
		rows_digest_merge(&r->read[now.part], &d);
	}
	if (now.type == RECORD_PART)
		put_part(r, &now, &b);
	CHECK(writer_put(r->writer, &r->packed, &now, b.data, b.len, &err) == 0);
}

int main(int argc, char **argv)
{
	struct rogue r = { .words = argv + 3 };
	struct stream *s;
	struct found f;
	struct err err;
	if (argc < 5)
		return 2;
	struct stream_job job = { .fd = open(argv[1], O_RDONLY | O_CLOEXEC), .shown = argv[1] };
	CHECK(stream_new(&s, &job, &err) == 0 && file_open(&r.file, argv[2], true, &err) == 0);
	CHECK(payload_init(&r.payload) == 0 && payload_init(&r.packed) == 0);
	while (stream_next(s, &r.payload, &f, &err) > 0)
		if (f.record.type < RECORD_INDEX)
			put(&r, &f.record);
	CHECK(writer_end(r.writer, &err) == 0 && file_commit(r.file, &err) == 0);
	writer_free(r.writer);
	file_close(r.file);
	stream_free(s);
	payload_fini(&r.payload);
	payload_fini(&r.packed);
	return r.found ? 0 : 1;
}
