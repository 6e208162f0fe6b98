/* part.h - what an archive says of a part of a table when it is over, and of a section. Plain values. */
#pragma once
#include "dbdump/digest.h"
#include "xfer/base/buf.h"
#include "xfer/base/strings.h"

void put_digest(struct buf *out, const struct rows_digest *d);
void get_digest(struct reader *in, struct rows_digest *d);

/* The payload of PART. */
struct part_over {
	struct rows_digest digest;
	char error[512]; /* why it is not whole; "": it is */
};

void part_over_pack(struct buf *out, const struct part_over *p);
/* -EBADMSG. */
int part_over_unpack(struct part_over *out, const uint8_t *data, size_t len);

/* The payload of OVER: what failed in the section, as kind, name, text, ... Owns them. */
void failed_pack(struct buf *out, const struct strings *failed);
int failed_unpack(struct strings *failed, const uint8_t *data, size_t len);
