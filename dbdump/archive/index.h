/* index.h - where in an archive which record is: what its INDEX records hold, in the order of the file.
 *
 * 32 bytes a record in memory: 88 MB a terabyte of rows. One thread at a time; what was made may be read by any. */
#pragma once
#include "dbdump/archive/format.h"
#include "xfer/base/buf.h"

struct place {
	uint64_t offset; /* of the record's head */
	uint32_t section, table, part, rows;
	uint32_t stored;
	uint8_t type, flags;
	uint16_t number; /* the last bits of the record's: one that stands in another's place is seen */
};

struct index {
	struct place *at;
	size_t count, room;
};

/* 0 or -ENOMEM. */
int index_add(struct index *x, const struct place *p);
void index_fini(struct index *x);

/* One place, behind another (all zeros at first), whose number is one less. */
void place_pack(struct buf *out, const struct place *p, const struct place *before);
void place_unpack(struct place *out, struct reader *in, const struct place *before);
struct place place_of_record(const struct record *r, uint64_t offset);
