/* stream.h - an archive's bytes in order, from a pipe or a file: one record after the other, over damage to the next one.
 *
 * One thread. Memory: a window of one record and what is read ahead. */
#pragma once
#include "dbdump/archive/payload.h"
#include "xfer/base/err.h"

struct stream;

/* fd is the caller's. The first bytes are read. -EPROTO: no archive; -EPROTONOSUPPORT: a newer one; -EBADMSG; -EIO. id, where the prefix is
 * damaged and it is known from the trailer, else NULL. stop: not 0: reading ends with -EINTR; may be NULL. */
struct stream_job {
	int fd;
	const char *shown;
	const uint8_t *id;
	const volatile int *stop;
};
int stream_new(struct stream **out, const struct stream_job *job, struct err *err);
/* Accepts NULL. */
void stream_free(struct stream *s);
const uint8_t *stream_id(const struct stream *s);

/* What stream_next found. */
struct found {
	struct record record;
	uint64_t offset;  /* of its head */
	uint64_t lost;	  /* bytes before it that belong to no record; */
	uint64_t missing; /* and records, by their numbers */
};
/* The next record whose head is whole; its payload is in p->stored, for payload_unpack to judge. 1; 0: the end, in *out what was lost before
 * it; -EIO, -EINTR. */
int stream_next(struct stream *s, struct payload *p, struct found *out, struct err *err);
/* The next one that is found is the last one once more: it was another's. */
void stream_again(struct stream *s);
/* Any thread: who reads gets -EINTR from now on. */
void stream_stop(struct stream *s);
