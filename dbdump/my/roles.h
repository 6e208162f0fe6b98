/* roles.h - grants of roles, at a destination. One that is there already keeps what it may do there, and whoever is granted it may do
 * that too: a copy would raise an account's rights, to other customers' databases or to the whole server. So a role is granted where this
 * run made it, or where it may do no more than what this run granted it; or the account has it anyway. Otherwise the grant is refused by
 * name. (What the source lets the role do in databases that are not copied counts as more: it is not known there.)
 *
 * Only as good as what comes before: a script has the grants of roles last (accounts.h). One thread at a time. */
#pragma once
#include <stdbool.h>

#include "xfer/base/err.h"
#include "xfer/base/strings.h"

struct conn;
struct statement;

/* All zeros is empty. */
struct roles {
	struct strings made;	/* names */
	struct strings granted; /* statements, as SHOW GRANTS has them */
};

void roles_fini(struct roles *r);
/* Before a statement that is admitted is run. -EPERM: its role may do more, which is said. */
int roles_check(struct roles *r, struct conn *c, const struct statement *st, struct err *err);
/* Behind it. */
int roles_note(struct roles *r, const struct statement *st, struct err *err);

enum { ROLE_NAME = 256, ROLE_MORE = 160 };
/* The role that line grants, "" in role: none. more: the first line of SHOW GRANTS, or its beginning, by which it may do more than granted
 * says, and the account does not have it yet; "": none. */
int roles_more(struct conn *c, const char *line, const struct strings *granted, char role[ROLE_NAME],
	       char more[ROLE_MORE], struct err *err);
