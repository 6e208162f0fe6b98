/* privileges.h - may this account do what the run needs? Asked at the start: what a source's account may not see is not in its
 * catalogs at all, so a copy without it would look whole. */
#pragma once
#include "dbdump/my/session.h"

/* Is the name one that a grant on this pattern is about? */
bool privileges_like(const char *pattern, const char *name);
/* -EPERM names the first that is missing. */
int privileges_check(struct session *s, struct err *err);
