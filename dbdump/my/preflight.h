/* preflight.h - the parts of engine.preflight at MariaDB (look.h). $D in a query stands for the databases, $J for the connections that a copy
 * makes. The thread that began it alone uses what is here. */
#pragma once
#include "dbdump/look.h"
#include "dbdump/my/session.h"

/* preflight_checks.c: what one query finds. */
extern const struct check my_checks[], my_case_checks[];
extern const size_t my_check_count, my_case_check_count;

int look_rights(struct look *l, struct err *err);   /* preflight_rights.c */
int look_rows(struct look *l, struct err *err);	    /* preflight_rows.c */
int look_reserved(struct look *l, struct err *err); /* preflight_words.c */
