/* preflight.h - the parts of engine.preflight at MariaDB. The thread that began it alone uses what is here. */
#pragma once
#include "dbdump/checks.h"
#include "dbdump/my/session.h"

/* Both ends while they are looked at: sessions that have a control connection and nothing else. */
struct look {
	const struct preflight_job *job;
	struct session at[2]; /* enum check_end; the target's control.db is NULL when there is none */
	struct asker asker;
};

/* preflight_checks.c: what one query finds. */
extern const struct check my_checks[], my_case_checks[];
extern const size_t my_check_count, my_case_check_count;

/* Texts for checks_found: what is said of a row that a part has found. */
int look_found(struct look *l, const struct check *c, const char *kind, const char *const names[2],
	       const char *const values[2], struct err *err);
/* Of one end as a whole. */
int look_found_server(struct look *l, const struct check *c, const char *const values[2], struct err *err);
/* Asks one end with look's own words in the query: $D the databases, $J how many connections a copy makes. */
int look_ask(void *ctx, enum check_end end, const char *sql, struct answer *out, struct err *err);

int look_rights(struct look *l, struct err *err);   /* preflight_rights.c */
int look_disk(struct look *l, struct err *err);	    /* preflight_disk.c */
int look_rows(struct look *l, struct err *err);	    /* preflight_rows.c */
int look_reserved(struct look *l, struct err *err); /* preflight_words.c */
