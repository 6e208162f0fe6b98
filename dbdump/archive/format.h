/* format.h - an archive: what dbdump found in one moment of a source, at rest or in a pipe.
 *
 *   prefix | record ... | trailer
 *
 * Prefix and trailer are 64 bytes, and say the same but for their first words; integers are little-endian:
 *
 *   0        16       20       24      40        48       64
 *   | word   | version| 0      | id    | offset64| hash   |
 *
 * offset: in the trailer, of the first record of the index; in the prefix 0. hash: XXH3-128 of what stands before it. id: random.
 *
 * A record is a head of 72 bytes and its payload:
 *
 *   0      8     9      10  12         16        24     28    32    36   40      44  48       64
 *   | id[8]| type| flags| 0 | section32| number64| table| part| rows| raw| stored| 0 | payload| check64|
 *
 * number: the record's, counted from 0, so one that is missing, or stands elsewhere, is seen. payload: XXH3-128 of the stored bytes.
 * check: XXH3-128's first half over the head before it and the whole id: a record of another archive is none of this one, and
 * where bytes are damaged the next record is found by its first eight. raw <= RECORD_MOST; PACKED: stored < raw, one zstd frame.
 * MORE: the next record of this type goes on where this one ends (a large row, the head of a section); REST: so does this one, where the
 * one before ends, and without it is nothing. rows: those that end in the record.
 *
 *   HELLO     the first: engine, databases, when, by which dbdump, with which options
 *   SECTION   a session of the source: its moment, its catalog, the statements that make it anew, the parts of its tables. These two
 *             come once more, behind the rows: what all else depends on is there twice
 *   ROWS      whole lines (engine.h) of a part of a table
 *   PART      the part is over: rows, bytes, digest; or why it is not whole
 *   OVER      the section is over, with what failed
 *   INDEX     at the end: every record but these, in order
 *   END       how many records there are
 *   FILE      between agents alone, before SECTION: a piece of a table's file (files.h)
 *
 * A pipe is read in order, and needs no index; a file in any order, from several threads. Nothing in an archive is a path, a
 * password or something of the machine that wrote it. A reader takes versions up to its own; what it does not know is refused.
 * XXH3 finds accidents: an archive's statements run at its destination, so whoever may write the archive must be trusted.
 * Pure: no descriptors, no allocation; any thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/codec/hash.h"

enum {
	FORMAT_VERSION = 1,
	FORMAT_EDGE = 64, /* prefix, trailer */
	FORMAT_ID = 16,
	RECORD_HEAD = 72,
	RECORD_MARK = 8, /* what each begins with, of the id */
	RECORD_MOST = 1 << 20,
};

/* The prefix or the trailer. */
struct edge {
	bool last;
	uint32_t version;
	uint8_t id[FORMAT_ID];
	uint64_t offset;
};

void edge_pack(uint8_t to[static FORMAT_EDGE], const struct edge *e);
/* -EPROTO: none at all; -EBADMSG: damaged; -EPROTONOSUPPORT: of a version (in *out) that is not known here. */
int edge_parse(struct edge *out, const uint8_t from[static FORMAT_EDGE]);

enum record_type {
	RECORD_HELLO = 1,
	RECORD_SECTION,
	RECORD_ROWS,
	RECORD_PART,
	RECORD_OVER,
	RECORD_INDEX,
	RECORD_END,
	RECORD_FILE
};
enum { RECORD_MORE = 1, RECORD_PACKED = 2, RECORD_REST = 4 };

struct record {
	enum record_type type;
	uint8_t flags;
	uint32_t section;
	uint64_t number;
	uint32_t table, part, rows;
	uint32_t raw, stored; /* bytes of the payload */
	struct digest payload;
};

void record_pack(uint8_t head[static RECORD_HEAD], const struct record *r,
		 const uint8_t id[static FORMAT_ID]);
/* -EBADMSG: it is none of this archive, or damaged. */
int record_parse(struct record *out, const uint8_t head[static RECORD_HEAD],
		 const uint8_t id[static FORMAT_ID]);
