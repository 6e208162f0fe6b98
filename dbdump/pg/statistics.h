/* statistics.h - what is computed anew where the rows have arrived: statistics, and with --data-only materialised views. */
#pragma once
#include "dbdump/pg/session.h"

/* ANALYZE of each table as soon as it is loaded; of what stands on several tables at the end. */
int statistics_script(struct session *s, const struct catalog *c, struct script *out, struct err *err);
/* Warns that materialised views are computed anew, where there are any: none knows whether it is as its tables are. */
int statistics_tell_views(struct session *s, struct err *err);
/* The views that the source has filled, in the order in which they stand on each other. */
int statistics_refresh(struct session *s, struct script *out, struct err *err);
