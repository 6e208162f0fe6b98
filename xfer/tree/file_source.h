/* file_source.h - reads the source's regular files and puts them on the wire.
 *
 * Small files are read many at a time through the ring (all opens, then all reads) and leave as one BUNDLE; a
 * large one chunk by chunk, the next chunk being read while this one is hashed and sent. A file is always opened by
 * one name in an open directory and never through a symlink; what its descriptor says then (size, mode, owner, time)
 * is what is sent, so content and mode belong to the same file whatever was swapped since the listing. One owner, who alone
 * touches the directories and the link. */
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
	bool message;	       /* if it has another name by now it is found by its base name */
	bool by_name;	       /* its owner was guessed */
	int error;	       /* 0, or -errno: nothing was sent but that */
	bool changed;	       /* while it was read */
	struct digest content; /* of what was sent */
	uint64_t listed;       /* bytes; the caller's, as the owner */
	void *owner;
};

struct source_room {
	struct source_file *file;
	size_t files, dirs;
};

/* jobs: threads that read small files (jobs.h), 1: none but the caller's. */
int file_source_new(struct file_source **out, enum ring_backend backend, unsigned jobs, struct err *err);
/* Leave the page cache as it was. */
void file_source_be_gentle(struct file_source *s);
void file_source_free(struct file_source *s);
const char *file_source_io(const struct file_source *s); /* "uring", "plain"; "none" when nothing was read */
uint64_t file_source_read(const struct file_source *s);	 /* bytes so far */

/* Small files: several batches are read at the same time by as many threads, and sent in the order in which they began. */

/* Where the files of the next batch are to be put, and how many: also SOURCE_BATCH_BYTES in all as listed, in dirs
 * directories of the may_pin that may be pinned for all batches. Not when file_source_is_full. -ENOMEM. */
int file_source_next(struct source_room *out, struct file_source *s, size_t may_pin, struct err *err);
/* Begins to read the first n of these. */
void file_source_begin(struct file_source *s, size_t n);
/* Batches under way; are there as many as there can be? */
size_t file_source_under_way(const struct file_source *s);
bool file_source_is_full(const struct file_source *s);
/* Waits for the oldest batch; returns how many files it has, *files are what was begun. */
size_t file_source_oldest(struct file_source *s, struct source_file **files);
/* Sends it; its files are valid until the next file_source_begin. What grew beyond its listed size or changed while it
 * was read is read again and sent by itself. */
int file_source_finish(struct file_source *s, struct link *link, struct err *err);

/* Reads and sends one file of any size. */
int file_source_large(struct file_source *s, struct source_file *file, struct link *link, struct err *err);

/* Called for files whose owner is not the one that they were listed with, before they are sent; with on_chunk's ctx. */
void file_source_on_owner(struct file_source *s,
			  int (*fn)(void *ctx, uint32_t uid, uint32_t gid, struct err *err));

/* Called between chunks of large files; an error ends the transfer. */
void file_source_on_chunk(struct file_source *s, int (*fn)(void *ctx, size_t bytes, struct err *err),
			  void *ctx);
