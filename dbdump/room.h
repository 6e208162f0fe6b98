/* room.h - is there room for the copy at the target? Pure but for one statvfs. */
#pragma once
#include "dbdump/checks.h"

struct room {
	uint64_t wanted; /* bytes on disk at the source, indexes and all */
	uint64_t freed;	 /* by what is dropped before */
	const char *dir; /* the server's data directory; NULL or "": not known */
	bool local;	 /* it is of this machine */
};

/* Adds what there is to be said. Rows pack differently elsewhere, and where much was deleted the source is full of holes: for a quarter
 * of what is taken there must be room, for all of it there should be. */
int room_look(const struct asker *a, const struct room *r, struct err *err);
