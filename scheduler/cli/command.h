/* command.h - every command of scheduler, once: how it is called, what it takes, who does it. Parsing, help and the tests of man page
 * and completion read this table.
 *
 * A new command is a row in command_table.c, a function in a cmd_*.c, a line in scheduler.1 and a word in
 * scheduler.bash-completion. Constant data. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct session;

/* Options are for commands by groups: an option's row (args_table.h) names the groups that have it, a command's those that it takes. */
enum option_group {
	OF_ALL = 1,
	OF_STORE = 1 << 1,
	OF_INIT = 1 << 2,
	OF_SERVER = 1 << 3,
	OF_CAMPAIGN = 1 << 4,
	OF_ITEMS = 1 << 5,
	OF_WHEN = 1 << 6,
	OF_BACK = 1 << 7,
	OF_SECONDS = 1 << 8,
	OF_TRANSIT = 1 << 9,
	OF_REPORT = 1 << 10,
	OF_AUDIT = 1 << 11,
	OF_EXPECTED = 1 << 12,
	OF_RESYNC = 1 << 13,
	OF_REHEARSE = 1 << 14,
};

enum command_flag {
	NO_STORE = 1,	   /* the session has none opened; the configuration it has */
	NO_CONFIG = 2,	   /* nor that: its defaults */
	SUPPORT_ONLY = 4,  /* refused to "client NAME" */
	TAKES_ACCOUNT = 8, /* the first operand is CAMPAIGN/ACCOUNT */
	HIDDEN = 16,	   /* for programs of ours: no help tells of it */
};

struct command {
	const char *group, *name; /* "account", "add"; name NULL: it is one word */
	unsigned options;	  /* enum option_group */
	unsigned flags;		  /* enum command_flag */
	const char *operands;	  /* as the help has them; NULL: none */
	size_t least, most;	  /* of those */
	int event;		  /* for who does it: of a campaign, an account, a cutover */
	/* 0 or -errno with session->err; session->status, where that is not -1, is what the program ends with. */
	int (*run)(struct session *s);
	const char *help;
};

extern const struct command commands[];
extern const size_t command_count;

/* "account add"; out is at least COMMAND_NAME long, and returned. */
enum { COMMAND_NAME = 40 };
const char *command_name(char out[static COMMAND_NAME], const struct command *c);
/* Of one word or two; NULL: there is none. *words: how many were used. */
const struct command *command_find(char *const words[], size_t count, size_t *used);
/* Is there a command of several words that begins with this one? */
bool command_is_group(const char *word);
