/* file_source_delta.h - one large file on the wire as what of it the receiver has and what not: DATA and COPY frames, by its
 * signature. Chunks are fed in order; what is left out between them is a hole. One owner. */
#pragma once
#include "xfer/tree/signature.h"
#include "xfer/wire/link.h"

struct file_delta;

/* signature and link are borrowed. -ENOMEM. */
int file_delta_new(struct file_delta **out, const struct signature *signature, struct link *link,
		   struct err *err);
void file_delta_free(struct file_delta *d);
void file_delta_freep(struct file_delta **d);
/* The content at this offset: a whole chunk (HASH_CHUNK) but for the last one. */
int file_delta_chunk(struct file_delta *d, uint64_t at, const void *data, size_t len, struct err *err);
int file_delta_end(struct file_delta *d, struct err *err);
