#include "dbdump/archive/index.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_ROOM = 256 };

int index_add(struct index *x, const struct place *p)
{
	if (x->count == x->room) {
		/* half as much again: twice as much would be too much memory of a terabyte */
		size_t room = x->room ? x->room + x->room / 2 : FIRST_ROOM;
		struct place *grown = reallocarray(x->at, room, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		x->at = grown;
		x->room = room;
	}
	x->at[x->count++] = *p;
	return 0;
}

void index_fini(struct index *x)
{
	free(x->at);
	*x = (struct index){ 0 };
}

void place_pack(struct buf *out, const struct place *p, const struct place *before)
{
	buf_u8(out, p->type);
	buf_u8(out, p->flags);
	buf_varint(out, p->offset - before->offset);
	buf_varint(out, p->section);
	buf_varint(out, p->table);
	buf_varint(out, p->part);
	buf_varint(out, p->rows);
	buf_varint(out, p->stored);
}

static uint32_t get32(struct reader *in)
{
	uint64_t v = reader_varint(in);
	in->failed = in->failed || v > UINT32_MAX;
	return (uint32_t)v;
}

void place_unpack(struct place *out, struct reader *in, const struct place *before)
{
	bool first = !before->type;
	/* none is within another: there are no more than the file has room for */
	uint64_t least = first ? FORMAT_EDGE : before->offset + RECORD_HEAD + before->stored;
	out->type = reader_u8(in);
	out->flags = reader_u8(in);
	out->offset = before->offset + reader_varint(in);
	out->section = get32(in);
	out->table = get32(in);
	out->part = get32(in);
	out->rows = get32(in);
	out->stored = get32(in);
	out->number = first ? 0 : (uint16_t)(before->number + 1);
	in->failed = in->failed || out->stored > RECORD_MOST || out->offset < least ||
		     out->type < RECORD_HELLO || out->type > RECORD_OVER ||
		     (out->flags & RECORD_MORE && out->rows);
}

struct place place_of_record(const struct record *r, uint64_t offset)
{
	return (struct place){ .offset = offset,
			       .section = r->section,
			       .table = r->table,
			       .part = r->part,
			       .rows = r->rows,
			       .stored = r->stored,
			       .type = (uint8_t)r->type,
			       .flags = r->flags,
			       .number = (uint16_t)r->number };
}
