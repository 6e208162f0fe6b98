/* accounts.h - users and roles that have to do with a session's databases (--users): those with privileges on them, by a role too,
 * who made something in them, and the roles that these have. root and the server's own are left alone, and so is what an account may do
 * to the whole server: that is said. Texts hold hashes of passwords: they go to the destination and nowhere else. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "xfer/base/err.h"
#include "xfer/base/strings.h"

struct session;
struct script;
struct catalog;

struct account {
	char *name; /* as SQL: `user`@`host`, or `role` */
	bool role, wanted;
	char *create;
	struct strings lines;  /* SHOW GRANTS */
	struct strings grants; /* those of them that are ours, with the databases' new names */
	struct strings late;   /* that can be granted only when routines and views are there */
	struct strings roles;  /* granted to it, and the default: last of all (roles.h) */
};

struct accounts {
	struct account *at;
	size_t count;
};

void accounts_fini(struct accounts *a);
/* Fills s->accounts. */
int accounts_read(struct session *s, struct err *err);
int accounts_define(struct session *s, struct catalog *c, struct err *err);
/* Accounts, roles and grants, or (late) the grants that must wait, and those of roles behind them all. */
int script_accounts(struct session *s, struct script *out, bool late, struct err *err);
