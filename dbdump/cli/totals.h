/* totals.h - what a report's tables come to, for those who print it. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "dbdump/report.h"

struct totals {
	uint64_t tables;
	uint64_t by_verdict[VERDICT_EXTRA + 1];
	bool reread;	    /* rows were counted at both ends */
	uint64_t live;	    /* not of the snapshot's moment */
	uint64_t uncounted; /* went as files, and nobody has read them: --verify=none */
	uint64_t source_rows, target_rows, target_bytes;
	uint64_t objects, different_objects; /* of all kinds; an object that is only at one end counts once */
	/* Of all tables that both ends gave one of: one hash over names, counts and digests. Equal when each table's is. */
	bool digested, equal;
	struct digest source, target;
};

/* -ENOMEM, or 0. */
int totals_of(struct totals *t, const struct report *r);
