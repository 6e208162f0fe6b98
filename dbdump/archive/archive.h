/* archive.h - an archive, open for reading: what is in it, and where.
 *
 * A file is read by its index; where that is damaged or missing, all of the file is read once to find its records. What cannot be
 * seeked in is a pipe: its records come in order, from archive_stream, and sections one after the other.
 * The thread that opened it asks for sections. archive_read and archive_damaged: any thread. */
#pragma once
#include "dbdump/archive/hello.h"
#include "dbdump/archive/index.h"
#include "dbdump/archive/part.h"
#include "dbdump/archive/payload.h"
#include "dbdump/archive/section.h"
#include "dbdump/archive/stream.h"

struct archive;

/* name: a path, or "-" for standard input. -EPROTO: it is none; -EPROTONOSUPPORT; -EBADMSG: too damaged; -ENOENT, -EIO. stop: see stream.h. */
int archive_open(struct archive **out, const char *name, const volatile int *stop, struct err *err);
/* Accepts NULL. After all that was made of it, reports too. */
void archive_close(struct archive *a);

const struct hello *archive_hello(const struct archive *a);
const char *archive_shown(const struct archive *a);
/* Its own, that no other archive has. */
const uint8_t *archive_id(const struct archive *a);
/* NULL: it is a file. */
struct stream *archive_stream(struct archive *a);
uint64_t archive_bytes(const struct archive *a); /* 0: a pipe */

/* The section's number of a database; -1: there is none. */
int archive_find(const struct archive *a, const char *database);
/* Of a pipe: passes over what comes before it. -EBADMSG: damaged at both its places. */
int archive_section(struct archive *a, struct section *out, unsigned section, const struct archived *archived,
		    struct err *err);

/* A file's records of a table, ROWS and PART, by part and then in order. A pipe has none. */
const struct place *archive_places(const struct archive *a, unsigned section, uint32_t table, size_t *count);
#define ARCHIVE_NO_OVER "the end of what it says of its databases is damaged or missing"
/* The OVER of a section; false: there is none that is whole. */
bool archive_over(struct archive *a, unsigned section, struct strings *failed);
/* Appends the payload of the record at this place. -EBADMSG: it is damaged; -EIO, -ENOMEM. */
int archive_read(struct archive *a, const struct place *p, struct payload *payload, struct buf *out,
		 struct err *err);

/* Notes what is damaged, or was not dumped, and so will be missing: kind, name, text; once. */
void archive_damaged(struct archive *a, const char *kind, const char *name, const char *text);
/* What the dump itself noted as failed, but for rows, which are said with their tables. */
void archive_failed(struct archive *a, const struct strings *failed);
/* Of a pipe: reads what is left of it, so that who writes it can end, and notes when that is not its end. */
void archive_end(struct archive *a);
/* All that was noted; kind, name, text, ... Not while others read. */
const struct strings *archive_damages(const struct archive *a);
