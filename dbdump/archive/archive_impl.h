/* archive_impl.h - what archive.c and archive_index.c share. */
#pragma once
#include <pthread.h>

#include "dbdump/archive/archive.h"
#include "dbdump/archive/writer.h"

struct archive {
	int fd;
	char *shown;
	bool file;
	uint64_t bytes;
	uint8_t id[FORMAT_ID];
	struct stream *stream;	/* NULL: a file */
	struct payload payload; /* the opening thread's */
	struct hello hello;
	struct index
		index; /* first what is no table's, in the order of the file; then by section, table, part */
	size_t tables; /* the first place that is a table's */
	struct strings kinds;
	pthread_mutex_t lock; /* of damages */
	struct strings damages;
};

/* Is there one that is whole? */
bool index_trailer(const struct archive *a, struct edge *out);
/* Fills a->index, by the index that the trailer tells of, or by reading all of the file (trailer NULL: there is none). */
int index_load(struct archive *a, const struct edge *trailer, const volatile int *stop, struct err *err);
