/* section.h - what an archive says of one session of its source: all but the rows.
 *
 * Its tables and objects have the names that --rename gave them, so that a load needs to know nothing of the source. A value that
 * owns what it holds; all zeros is an empty one. Bytes from an archive may be anything: no count allocates before its items are there. */
#pragma once
#include "dbdump/archived.h"
#include "dbdump/plan.h"

/* Definitions of so many bytes are no definitions; as many kinds of them there are not. */
enum { SECTION_MOST = 1 << 30, SECTION_KINDS = 1000 };

struct section_part {
	uint32_t table;
	char *where; /* for people: which rows these are; "": all */
};

struct section {
	struct strings databases;
	struct server_info info;
	struct snapshot snapshot;
	char mark[MARK_MOST]; /* of the source, while it still reads (engine.h); "": it does not */
	struct catalog catalog;
	struct script script;
	struct section_part *parts;
	size_t part_count;
};

void section_fini(struct section *s);

/* A section as a dump has it. */
struct section_source {
	const struct strings *databases; /* as they are called in the archive */
	const struct server_info *info;
	const struct snapshot *snapshot;
	const struct catalog *catalog;
	const struct script *script;
	const struct plan *plan;
	const struct options *options; /* renames */
	bool spans;		       /* a schema is a database, and renamed with it */
	const struct archived *archived;
	const char *mark;
};

/* ranks[i]: which of the archive's tables the catalog's table number i is; as many as there are tables. out->failed: no memory. */
void section_pack(struct buf *out, uint32_t *ranks, const struct section_source *s);
/* kinds keeps the words that catalog and script point to; it must outlive them and all reports. -EBADMSG, -ENOMEM. */
int section_unpack(struct section *out, const struct archived *archived, struct strings *kinds,
		   const uint8_t *data, size_t len);
