/* report_add.h - how a report is filled. One thread at a time; who has several locks them out (watch.h). */
#pragma once
#include "dbdump/report.h"

/* All copy what they are given. 0 or -ENOMEM. */
int report_table(struct report *r, const struct table *t);
int report_object(struct report *r, enum difference what, const char *kind, const char *name);
int report_moment(struct report *r, const char *database, const struct snapshot *s);
/* What was added; NULL: no memory. */
const struct failure *report_failure(struct report *r, const char *kind, const char *name,
				     const struct err *err);
/* The line of that kind, made if need be; NULL: no memory. Valid until the next one. */
struct kind_report *report_kind(struct report *r, const char *kind);

/* Where a report stood. */
struct report_place {
	size_t tables, kinds, objects, failures, moments;
	struct kind_report *counted; /* of each kind */
	struct server_info source, target;
};
int report_place(struct report_place *out, const struct report *r);
void report_place_fini(struct report_place *p);
/* What was found since then is none of it any more. Warnings and times stay. */
void report_return(struct report *r, const struct report_place *to);

/* Adds to what the phase took so far. */
int report_phase(struct report *r, const char *phase, double seconds);
