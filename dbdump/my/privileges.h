/* privileges.h - may this account do what the run needs? Asked at the start: what a source's account may not see is not in its
 * catalogs at all, so a copy without it would look whole. */
#pragma once
#include "dbdump/my/session.h"

enum privilege {
	MAY_SELECT = 1,
	MAY_SHOW_VIEW = 2,
	MAY_TRIGGER = 4,
	MAY_EVENT = 8,
	MAY_INSERT = 16,
	MAY_CREATE = 32,
	MAY_ALTER = 64,
	MAY_DROP = 128,
	MAY_SEE_ROUTINES = 256,
	MAY_CREATE_VIEW = 512,
	MAY_CREATE_ROUTINE = 1024,
	MAY_LOCK_TABLES = 2048,
	/* for the whole server alone */
	MAY_RELOAD = 4096,
	MAY_SUPER = 8192,
	MAY_SET_USER = 16384,
	MAY_LOG = 32768,	  /* BINLOG ADMIN */
	MAY_WRITE_ALWAYS = 65536, /* READ_ONLY ADMIN */
	MAY_CREATE_USER = 131072,
	MAY_FOLLOW = 262144, /* REPLICATION SLAVE */
	MAY_ALL = 524287,
};

/* Is the name one that a grant on this pattern is about? */
bool privileges_like(const char *pattern, const char *name);
/* What the account may do in this database, or with all of the server: bits. */
int privileges_of(struct session *s, const char *database, unsigned *out, struct err *err);
/* What a copy cannot begin without. */
unsigned privileges_needed(const struct session *s);
/* Static: "SHOW VIEW". */
const char *privileges_name(enum privilege bit);
/* -EPERM names the first that is missing. */
int privileges_check(struct session *s, struct err *err);
