/* hello.h - an archive's first record: what a reader has to know before all else, and what `list` tells of it. Owns its strings. */
#pragma once
#include <stdint.h>

#include "xfer/base/buf.h"
#include "xfer/base/strings.h"

struct hello {
	char engine[32];	  /* engine.name */
	char program[32];	  /* dbdump's version */
	uint64_t taken;		  /* when it began, seconds since 1970 */
	struct strings databases; /* in the order of their sections */
	struct strings sources;	  /* what each was called at the source */
	bool one_section;	  /* for all of them */
	bool schema_only, data_only, users;
	struct strings only, except; /* patterns of tables */
};

void hello_pack(struct buf *out, const struct hello *h);
/* -EBADMSG. */
int hello_unpack(struct hello *out, const uint8_t *data, size_t len);
void hello_fini(struct hello *h);
