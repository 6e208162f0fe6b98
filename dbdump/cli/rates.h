/* rates.h - how long a copy took in a rehearsal: read from the file that `dbdump rehearse --output` wrote, which may have been
 * anybody's since. What is looked for is found in any order, and what is not known is passed over. */
#pragma once
#include <stddef.h>

#include "xfer/base/err.h"

struct rates {
	double seconds_per_gb; /* of copy and verification, as that rehearsal had it */
	double gigabytes;      /* that it had */
	char from[64], to[64]; /* the servers' versions, shortened */
};

/* engine: that both are of, by name. 0; -EPIPE: the file cannot be read; -EINVAL: it is no rehearsal, another engine's, or one that
 * did not come to its end. */
int rates_read(struct rates *out, const char *path, const char *engine, struct err *err);
/* The same of what is in a file. text: NUL behind its len bytes. */
int rates_parse(struct rates *out, const char *text, size_t len, const char *engine, struct err *err);
