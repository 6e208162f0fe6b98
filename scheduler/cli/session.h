/* session.h - one command from its beginning to its exit status: the configuration is read, the store opened, it is known who asks and
 * what the time is, the command runs, and what went wrong is said.
 *
 * One at a time; what it points to is the caller's. */
#pragma once
#include "scheduler/cli/args.h"
#include "scheduler/cli/tell.h"
#include "scheduler/desk/desk.h"

struct session {
	const struct command *command;
	const struct options *o;
	const struct strings *operands;
	struct site site;
	struct desk desk; /* its store is NULL with NO_STORE, its site this one */
	struct tell tell;
	struct desk_account account; /* with TAKES_ACCOUNT: of the first operand */
	char account_campaign[STORE_NAME], user[STORE_NAME];
	struct err err;
	int status; /* -1: by what the command returned */
};

/* Not 0: a signal asks for an end. Set by the program's handler. */
extern volatile int session_quit;

/* Returns the exit status. */
int session_run(const struct args *a);

/* The configuration's path. */
const char *session_config(const struct session *s);
/* The first operand, or NULL. */
const char *session_operand(const struct session *s);
/* Is it a client who asks ("client NAME")? */
bool session_is_client(const struct session *s);
/* A name for something new: nothing that a shell, a path or a hook would take for something else. -EINVAL; what: "campaign". */
int session_check_name(const char *what, const char *name, struct err *err);
/* A moment as people write it. -EINVAL names the option. */
int session_moment(int64_t *out, const char *option, const char *text, struct err *err);
