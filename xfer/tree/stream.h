/* stream.h - one stream of bytes instead of a tree: `xfer pipe`.
 *
 *   START   source to sink: u8 flags (1: the size is known), varint size
 *   READY   sink to source: empty; its file can be written
 *   DATA    source to sink, in order and without gaps; none reaches over a multiple of HASH_CHUNK
 *   DONE    source to sink: its account; digest is the content's hash, items.failed says that it is not whole
 *   FINAL   sink to source: its account; all is in place
 *
 * A source that waits for its input sends what it has, so a slow stream is not held up. The link ending before DONE, an
 * unequal hash or a failed source leaves nothing under the name. Uses of struct transfer: what is given, the accounts, complete,
 * abort_status. One thread. */
#pragma once
#include "xfer/tree/transfer.h"

/* Sends path's bytes; NULL: standard input. 0 also when reading failed, which is told and counted; else -errno. */
int stream_send(struct transfer *t, const char *path, struct err *err);
/* Writes what comes to path; NULL: standard output. 0 or -errno; -EBADMSG: not what the source read. */
int stream_receive(struct transfer *t, const char *path, struct err *err);
/* For the two: tells how far it is. size: NULL while it is not known; ended: all that will come was moved. */
void stream_progress(const struct tell *tell, uint64_t moved, const uint64_t *size, bool ended);
