/* admit_table.h - the part of admit.h that is about tables. */
#pragma once
#include "dbdump/my/form.h"

struct admitted {
	const char *kind;
	const struct strings *databases;
	bool outside;
	const char *settings; /* the SET SESSION that comes before; NULL */
	const char *
		why; /* what is wrong with it, where more can be said than that it is no such thing; static */
};

bool admit_table(const char *sql, struct admitted *a);
bool admit_alter(const char *sql, struct admitted *a);
/* What comes behind the table's name. */
bool admit_table_rest(struct form *f, struct admitted *a);
