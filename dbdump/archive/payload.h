/* payload.h - the payload of a record, packed and unpacked. One thread at a time; buffers are kept for the next one. */
#pragma once
#include "dbdump/archive/format.h"
#include "xfer/base/buf.h"

enum { PAYLOAD_LEVEL = 1 }; /* zstd's: the source is to be slower */

struct payload {
	struct compressor *compressor;
	struct buf stored;    /* room for RECORD_MOST */
	const uint8_t *bytes; /* as stored, after payload_pack: here or the caller's */
};

/* -ENOMEM. */
int payload_init(struct payload *p);
/* Accepts all zeros. */
void payload_fini(struct payload *p);

/* Fills r's flags, raw, stored and payload for these bytes, at most RECORD_MOST; bytes is then what is to be written. */
void payload_pack(struct payload *p, struct record *r, const uint8_t *raw, size_t len);
/* Appends the raw bytes of r, whose stored ones are in p->stored, to out. -EBADMSG: damaged; -ENOMEM. */
int payload_unpack(struct payload *p, const struct record *r, struct buf *out);
