/* ddl.h - CREATE TABLE as SHOW CREATE TABLE says it, taken apart. Pure values. */
#pragma once
#include <stdbool.h>

#include "xfer/base/strings.h"

enum ddl_kind {
	DDL_COLUMN,
	DDL_PRIMARY,
	DDL_UNIQUE,
	DDL_KEY,
	DDL_FOREIGN,
	DDL_OTHER, /* a check, a period, an index that is made together with the table (FULLTEXT, SPATIAL) */
};

struct ddl {
	struct strings items; /* what stands between commas, as it stands */
	enum ddl_kind *kinds; /* of each */
	char *tail;	      /* behind the closing parenthesis: options, partitions */
};

/* The statement without its comments: where an option means nothing to a table's engine, as one that it had under another engine,
 * MariaDB shows it as one. NULL: no memory. */
char *ddl_bare(const char *create);
/* -EINVAL: it is no such statement; -ENOMEM. */
int ddl_parse(struct ddl *out, const char *create);
void ddl_fini(struct ddl *d);
/* One of the names within the item is this one. */
bool ddl_names(const char *item, const char *name);
/* The column with AUTO_INCREMENT into out; false: there is none. */
bool ddl_auto_increment(const struct ddl *d, char *out, size_t cap);
