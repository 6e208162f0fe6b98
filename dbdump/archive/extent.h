/* extent.h - what an archive that is a file has of each table of a section: where, how much, and whether that is all of it.
 *
 * Made by the thread that opened the archive, then only read. */
#pragma once
#include "dbdump/archive/archive.h"

struct extent {
	const struct place *places; /* the archive's: ROWS and PART, by part */
	size_t count;
	struct rows_digest total; /* as the ends of its parts say */
	char *lacks;		  /* what is not there, or was not dumped; NULL: it is whole */
};

/* One for each table of the section. NULL: no memory. */
struct extent *extents_new(struct archive *a, unsigned section, const struct section *s);
void extents_free(struct extent *e, size_t count);

/* The rows of the place, as a person finds them: "rows 1 to 512 of those where id < 10"; at: of e's places. */
void extent_range(char *out, size_t cap, const struct extent *e, size_t at, const char *where);
/* The place goes on with the next one of e, which stands right behind it. */
bool extent_goes_on(const struct extent *e, size_t at);
/* The place does not go on with one that is missing. */
bool extent_begins(const struct extent *e, size_t at);
