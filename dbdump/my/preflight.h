/* preflight.h - the parts of engine.preflight at MariaDB (look.h). $D in a query stands for the databases, $J for the connections that a copy
 * makes. The thread that began it alone uses what is here. */
#pragma once
#include "dbdump/look.h"
#include "dbdump/my/session.h"

/* What has a definer: kind, schema, name, DEFINER, the table that it belongs to. */
#define MY_DEFINED                                                                                                           \
	"SELECT 'view', TABLE_SCHEMA, TABLE_NAME, DEFINER, '' FROM information_schema.VIEWS WHERE TABLE_SCHEMA IN ($D)"      \
	" UNION ALL SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, DEFINER, EVENT_OBJECT_TABLE FROM"                        \
	" information_schema.TRIGGERS WHERE TRIGGER_SCHEMA IN ($D) UNION ALL SELECT LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA,"    \
	" ROUTINE_NAME, DEFINER, '' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($D) UNION ALL SELECT 'event'," \
	" EVENT_SCHEMA, EVENT_NAME, DEFINER, '' FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN ($D)"

/* A row: only who is trusted may make functions and triggers at the destination. */
#define MY_UNTRUSTED \
	"SELECT '1' FROM DUAL WHERE @@global.log_bin AND NOT @@global.log_bin_trust_function_creators"

/* preflight_checks.c: what one query finds. */
extern const struct check my_checks[], my_case_checks[];
extern const size_t my_check_count, my_case_check_count;

int look_rights(struct look *l, struct err *err);   /* preflight_rights.c */
int look_rows(struct look *l, struct err *err);	    /* preflight_rows.c */
int look_files(struct look *l, struct err *err);    /* preflight_files.c */
int look_outside(struct look *l, struct err *err);  /* preflight_outside.c */
int look_reserved(struct look *l, struct err *err); /* preflight_words.c */
