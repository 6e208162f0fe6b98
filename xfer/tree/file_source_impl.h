/* file_source_impl.h - what file_source.c, file_source_small.c and file_source_large.c share. */
#pragma once
#include <fcntl.h>
#include <sys/stat.h>

#include "xfer/base/buf.h"
#include "xfer/codec/hash.h"
#include "xfer/io/gentle.h"
#include "xfer/tree/file_source.h"

/* O_NONBLOCK: what was swapped for a fifo since the listing must not hold us */
enum { SOURCE_OPEN_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

struct file_source {
	enum ring_backend backend;
	struct ring *ring; /* the owner's; NULL until it is needed */
	unsigned jobs;
	bool gentle;		      /* leave the page cache as it was */
	struct gentle_pages pages[2]; /* as chunk: what the cache held of it */
	struct source_batches *small; /* NULL until it is needed */
	const char *io;		      /* of the other threads' rings; NULL: there are none */
	uint8_t *chunk[2];	      /* of a large file: one being sent, one being read */
	struct file_hash *hash;
	struct buf out;
	uint64_t read;
	int (*on_chunk)(void *ctx, size_t bytes, struct err *err);
	int (*on_owner)(void *ctx, uint32_t uid, uint32_t gid, struct err *err);
	void *ctx;
};

int source_need_ring(struct file_source *s, struct err *err);
int source_take_stat(struct source_file *f, const struct stat *st, struct content *c);
/* Is the file longer now than what was announced, all of which was read? */
bool source_has_only_grown(int fd, uint64_t was_read, uint64_t announced);
bool source_has_changed(int fd, const struct stat *then);
void source_batches_free(struct file_source *s);
