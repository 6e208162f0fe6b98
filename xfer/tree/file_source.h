/* file_source.h - reads the source's regular files and puts them on the wire.
 *
 * Small files are read many at a time through the ring (all opens, then all reads) and leave as one BUNDLE; a
 * large one chunk by chunk, the next chunk being read while this one is hashed and sent. A file is always opened by
 * one name in an open directory and never through a symlink; what its descriptor says then (size, mode, owner, time)
 * is what is sent, so content and mode belong to the same file whatever was swapped since the listing. One owner. */
#pragma once
#include "xfer/io/ring.h"
#include "xfer/tree/dir.h"
#include "xfer/tree/item.h"
#include "xfer/tree/signature.h"
#include "xfer/wire/link.h"

enum { SOURCE_BATCH = 128, SOURCE_BATCH_DIRS = 16, SOURCE_BATCH_BYTES = 960 * 1024 };

struct file_source;

/* A wanted file. The source fills sent, error and digest. */
struct source_file {
	uint64_t seq;
	struct dir *at;
	const char *name;
	uint64_t dev, ino; /* it must be this one; ino 0: any regular file */
	struct item *item; /* as listed; as sent afterwards */
	const struct signature
		*signature;    /* large ones: what of it the receiver has; NULL: nothing is known */
	int error;	       /* 0, or -errno: nothing was sent but that */
	bool changed;	       /* while it was read */
	struct digest content; /* of what was sent */
};

int file_source_new(struct file_source **out, enum ring_backend backend, struct err *err);
void file_source_free(struct file_source *s);
const char *file_source_io(const struct file_source *s); /* "uring", "plain"; "none" when nothing was read */
uint64_t file_source_read(const struct file_source *s);	 /* bytes so far */
/* Files that may be handed to file_source_small at once. */
size_t file_source_batch(const struct file_source *s);

/* Reads and sends the files, at most file_source_batch(), SOURCE_BATCH_BYTES in all as listed, in at most SOURCE_BATCH_DIRS
 * directories. What grew beyond its listed size or changed while it was read is read again and sent by itself. */
int file_source_small(struct file_source *s, struct source_file *files, size_t n, struct link *link,
		      struct err *err);

/* Reads and sends one file of any size. */
int file_source_large(struct file_source *s, struct source_file *file, struct link *link, struct err *err);

/* Called between chunks of large files; an error ends the transfer. */
void file_source_on_chunk(struct file_source *s, int (*fn)(void *ctx, size_t bytes, struct err *err),
			  void *ctx);
