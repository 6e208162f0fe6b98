/* prune.h - the only part of xfer that deletes what it did not make: names of the destination that the source does not
 * have, below one directory whose listing at the source ended without an error.
 *
 * Filter rules protect on this side; a directory that keeps something protected is kept. Counts against --max-delete and
 * stops there. Works through dir.h: cannot leave the root. One owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/err.h"
#include "xfer/tree/dir.h"
#include "xfer/tree/filter.h"
#include "xfer/tree/nameset.h"
#include "xfer/tree/tell.h"
#include "xfer/wire/link.h"

struct prune {
	const struct filter *filter;
	const struct tell *tell;
	bool dry_run, one_file_system;
	struct link *alive;    /* kept alive during long deletions; NULL: none */
	const char *spill_dir; /* as spill_new */
	const char *
		replaced; /* the directory whose name something else gets: told by that, as rsync does; or NULL */
	bool (*spares)(void *ctx, struct dir *d, const char *name,
		       bool is_dir); /* not this one, not now; NULL */
	void *ctx;
	uint64_t limit;	  /* of deletions; UINT64_MAX: none */
	uint64_t deleted; /* or would be */
	uint64_t refused; /* because of the limit */
	uint64_t failed;
};

/* Deletes every name in d that is not in keep and not protected. path: of d, relative to the root, for filters and
 * people. silent names (temporary ones of ours) are not told. */
int prune_directory(struct prune *p, struct dir *d, const char *path, struct filter_dir *rules,
		    struct nameset *keep, struct err *err);

/* The same for one name of d. 0 or -ENOMEM. */
int prune_extra(struct prune *p, struct dir *d, const char *path, struct filter_dir *rules, const char *name,
		struct err *err);

/* Deletes one name, with everything below it. 1: it is gone; 0: something of it stays, which was told; -ENOMEM. */
int prune_name(struct prune *p, struct dir *at, const char *name, const char *path, struct filter_dir *rules,
	       struct err *err);

/* Counts the items below d, for --max-delete in per cent. */
int prune_count(const struct prune *p, struct dir *d, uint64_t *count, struct err *err);
