#include "dbdump/cli/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dbdump/cli/args_table.h"
#include "xfer/base/deadline.h"

struct parse {
	struct options *o;
	struct strings *operands;
	struct err *err;
	enum args_command command;
	int argc, next; /* the first argument that nobody looked at yet */
	char **argv;
};

void options_init(struct options *o)
{
	*o = (struct options){ .jobs = 2,
			       .lock_wait_s = 5,
			       .link_wait_s = 60,
			       .link_silence_s = 30,
			       .json_fd = -1,
			       .verify = VERIFY_ROWS };
}

void options_fini(struct options *o)
{
	strings_fini(&o->only_tables);
	strings_fini(&o->exclude_tables);
	strings_fini(&o->renames);
	free(o->definer);
	free(o->deadline);
	free(o->pg_dump);
	free(o->toast);
	free(o->output);
	free(o->rates);
	free(o->source_host);
	free(o->target_host);
	free(o->rsh);
	free(o->dbdump_path);
	options_init(o);
}

const char *args_command_name(enum args_command command)
{
	static const char *const names[] = {
		[ARGS_COPY] = "copy",		[ARGS_VERIFY] = "verify", [ARGS_SIZE] = "size",
		[ARGS_PREFLIGHT] = "preflight", [ARGS_DUMP] = "dump",	  [ARGS_LOAD] = "load",
		[ARGS_LIST] = "list",		[ARGS_CAT] = "cat",	  [ARGS_REHEARSE] = "rehearse",
	};
	return names[command];
}

/* A usage error that sends the user to the help. */
__attribute__((format(printf, 2, 3))) static int usage(const struct parse *p, const char *fmt, ...)
{
	char text[ERR_TEXT - 40];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_say(p->err, -EINVAL, "%s (see dbdump %s --help)", text, args_command_name(p->command));
}

/* Does what the option says. ARGS_HELP, ARGS_VERSION, 0 or -errno. */
static int apply(struct parse *p, const struct opt_row *row, const char *value)
{
	if (row->kind == OPT_HELP)
		return ARGS_HELP;
	if (row->kind == OPT_VERSION)
		return ARGS_VERSION;
	return opt_set(row, p->o, value, p->err);
}

static int parse_long(struct parse *p, const char *arg)
{
	const char *name = arg + 2, *value = strchr(name, '=');
	size_t n = value ? (size_t)(value++ - name) : strlen(name);
	const struct opt_row *row = opt_by_name(name, n);
	if (!row)
		return usage(p, "unknown option --%.*s", (int)n, name);
	if (!(row->commands & p->command))
		return usage(p, "option --%s is not one of dbdump %s", row->name,
			     args_command_name(p->command));
	if (value && !row->arg)
		return usage(p, "option --%s takes no value", row->name);
	if (row->arg && !value) {
		if (p->next == p->argc)
			return usage(p, "option --%s needs a value (%s)", row->name, row->arg);
		value = p->argv[p->next++];
	}
	return apply(p, row, value);
}

/* A letter, or several that take no value behind each other; the value of one that does stands at its end or next. */
static int parse_letters(struct parse *p, const char *arg)
{
	int r = 0;
	for (const char *at = arg + 1; !r && *at;) {
		const struct opt_row *row = opt_by_letter(*at);
		const char *value = NULL;
		if (!row)
			return usage(p, "unknown option -%c", *at);
		if (!(row->commands & p->command))
			return usage(p, "option -%c is not one of dbdump %s", *at,
				     args_command_name(p->command));
		at++;
		if (row->arg) {
			if (!*at && p->next == p->argc)
				return usage(p, "option -%c needs a value (%s)", row->letter, row->arg);
			value = *at ? at : p->argv[p->next++];
			at = "";
		}
		r = apply(p, row, value);
	}
	return r;
}

static int parse_all(struct parse *p)
{
	bool ended = false;
	int r = 0;
	while (!r && p->next < p->argc) {
		const char *arg = p->argv[p->next++];
		if (ended || arg[0] != '-' || !arg[1]) {
			r = strings_add(p->operands, arg, strlen(arg));
			if (r)
				return err_set(p->err, r, "operands");
		} else if (!strcmp(arg, "--")) {
			ended = true;
		} else {
			r = arg[1] == '-' ? parse_long(p, arg) : parse_letters(p, arg);
		}
	}
	return r;
}

static int settle_operands(const struct parse *p)
{
	static const struct {
		const char *what;
		size_t least, most;
	} needs[] = {
		[ARGS_COPY] = { "a source and a destination: SRC_URI DST_URI", 2, 2 },
		[ARGS_VERIFY] = { "two databases: A_URI B_URI", 2, 2 },
		[ARGS_SIZE] = { "one database: URI", 1, 1 },
		[ARGS_PREFLIGHT] = { "a source, and a destination if there is one: SRC_URI [DST_URI]", 1, 2 },
		[ARGS_DUMP] = { "a source and an archive: SRC_URI ARCHIVE", 2, 2 },
		[ARGS_LOAD] = { "an archive and a destination: ARCHIVE DST_URI", 2, 2 },
		[ARGS_LIST] = { "one archive: ARCHIVE", 1, 1 },
		[ARGS_REHEARSE] = { "a source and a test server: SRC_URI TEST_URI", 2, 2 },
		[ARGS_CAT] = { "an archive, and a table if not all: ARCHIVE [TABLE]", 1, 2 },
	};
	size_t given = p->operands->count;
	if (given >= needs[p->command].least && given <= needs[p->command].most)
		return 0;
	return usage(p, "dbdump %s needs %s; %zu given", args_command_name(p->command),
		     needs[p->command].what, given);
}

static int settle_deadline(const struct parse *p)
{
	uint64_t left;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (!p->o->deadline || deadline_parse(&left, p->o->deadline, now) == 0)
		return 0;
	return usage(p, "option --deadline: \"%s\" is neither +SECONDS nor a time as 2026-11-23T04:00:00Z",
		     p->o->deadline);
}

/* "keep", "current" or user@host. */
static int settle_definer(const struct parse *p)
{
	const char *who = p->o->definer;
	if (!who || !strcmp(who, "keep") || !strcmp(who, "current"))
		return 0;
	const char *at = strrchr(who, '@');
	return at && at != who && at[1]
		       ? 0
		       : usage(p, "option --definer: \"%s\" is none of keep, current, user@host", who);
}

/* What only the whole command line can tell. */
static int settle(struct parse *p)
{
	struct options *o = p->o;
	if (o->json_fd >= 0)
		o->json = true;
	if (o->schema_only && o->data_only)
		return usage(p, "option --schema-only and --data-only leave nothing");
	/* what is dropped by a dump is an archive of the same name */
	if (o->data_only && o->drop_existing && p->command != ARGS_DUMP)
		return usage(p, "option --data-only needs the tables that --drop-existing would drop");
	if (o->resume && o->drop_existing)
		return usage(p, "option --resume needs what --drop-existing would drop");
	/* what two runs have made of it nobody has seen as a whole */
	if (o->resume && o->verify == VERIFY_NONE)
		return usage(p, "option --resume needs the proof that --verify=none would leave out");
	if (o->output && !strcmp(o->output, "-"))
		return usage(p, "option --output needs a file's name; --json writes to standard output");
	int r = settle_definer(p);
	if (!r)
		r = settle_deadline(p);
	return r ? r : settle_operands(p);
}

int args_parse(struct options *o, struct strings *operands, int argc, char **argv, enum args_command command,
	       struct err *err)
{
	struct parse p = {
		.o = o, .operands = operands, .err = err, .command = command, .argc = argc, .argv = argv
	};
	int r = parse_all(&p);
	return r ? r : settle(&p);
}
