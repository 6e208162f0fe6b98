/* invited.h - what a sender on another host may put into the root, from the arguments that it was given: a receiver that
 * took any name would let that host plant files beside those that its user asked for, or change the destination's own
 * owner and mode (rsync: CVE-2022-29154). Where a root's content was asked for, any name is welcome. One owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "xfer/tree/nameset.h"
#include "xfer/tree/options.h"

struct invited {
	bool content;	       /* the content of a directory: any name, and the root's own metadata */
	struct nameset *names; /* else these alone */
};

/* -ENOMEM. Release with invited_fini, also after that. */
int invited_init(struct invited *out, const struct options *o, const struct strings *args);
void invited_fini(struct invited *i);

/* i NULL: whatever comes. */
bool invited_has(const struct invited *i, const char *name, size_t len);
bool invited_root(const struct invited *i);
