#include "xfer/cli/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/cli/args_files.h"
#include "xfer/cli/args_table.h"
#include "xfer/tree/filter.h"
#include "xfer/base/strings.h"

/* An option of the filter family: expanded at the end, because --from0 may come after it. */
struct rule {
	const struct opt_row *row;
	const char *arg;
};

struct parse {
	struct options *o;
	struct strings *operands;
	struct err *err;
	enum args_command command;
	int argc, next; /* the first argument that nobody looked at yet */
	char **argv;

	struct rule *rules; /* argc of them are enough, as each takes at least one argument */
	size_t rule_count;
	const char *files_from;
	bool from0, stdio;
	bool recurse_given, relative_given; /* by name, not by -a or --files-from */
};

const char *args_command_name(enum args_command command)
{
	switch (command) {
	case ARGS_SYNC:
		return "sync";
	case ARGS_VERIFY:
		return "verify";
	case ARGS_PIPE:
		return "pipe";
	case ARGS_SERVE:
		return "serve";
	}
	err_broken(__FILE__, __LINE__, "a command");
}

/* A usage error that sends the user to the help. */
__attribute__((format(printf, 2, 3))) static int usage(const struct parse *p, const char *fmt, ...)
{
	char text[ERR_TEXT - 40];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_say(p->err, -EINVAL, "%s (see xfer %s --help)", text, args_command_name(p->command));
}

static void imply(const struct opt_row *row, struct options *o, bool on)
{
	for (const char *at = row->implies; at && *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		const struct opt_row *other = opt_by_name(at, n);
		CHECK(other && other->kind == OPT_FLAG);
		if (on)
			opt_set(other, o, NULL, NULL);
		else
			opt_unset(other, o);
		at += n;
	}
}

/* USER:GROUP is usermap *:USER and groupmap *:GROUP; either may be missing. */
static int set_chown(struct parse *p, const char *text)
{
	static const struct {
		const char *row;
		const char *what;
	} maps[] = { { "usermap", "owner" }, { "groupmap", "group" } };
	const char *colon = strchrnul(text, ':');
	const char *names[] = { text, *colon ? colon + 1 : colon };
	size_t lens[] = { (size_t)(colon - text), strlen(names[1]) };

	if (!lens[0] && !lens[1])
		return usage(p, "option --chown: \"%s\" names neither an owner nor a group", text);
	for (int i = 0; i < 2; i++) {
		if (!lens[i])
			continue;
		char *map;
		if (asprintf(&map, "*:%.*s", (int)lens[i], names[i]) < 0)
			return err_set(p->err, -ENOMEM, "option --chown");
		const struct opt_row *row = opt_by_name(maps[i].row, strlen(maps[i].row));
		int r = opt_set(row, p->o, map, NULL);
		free(map);
		if (r)
			return usage(p, "option --chown: an earlier --%s or --chown says the %s already",
				     maps[i].row, maps[i].what);
		imply(row, p->o, true);
	}
	return 0;
}

static int set_field(struct parse *p, const struct opt_row *row, const char *value)
{
	if (row->attrs & OPT_ONCE && *((bool *)p->o + row->at))
		return usage(p, "option --%s given twice: rsync's -%c%c is not supported", row->name,
			     row->letter, row->letter);
	int r = opt_set(row, p->o, value, p->err);
	if (!r)
		imply(row, p->o, true);
	return r;
}

/* Does what the option says. ARGS_HELP, ARGS_VERSION, 0 or -errno. */
static int apply(struct parse *p, const struct opt_row *row, const char *value)
{
	switch (row->kind) {
	case OPT_HELP:
		return ARGS_HELP;
	case OPT_VERSION:
		return ARGS_VERSION;
	case OPT_FROM0:
		p->from0 = true;
		return 0;
	case OPT_STDIO:
		p->stdio = true;
		return 0;
	case OPT_FILES_FROM:
		p->files_from = value;
		return 0;
	case OPT_FILTER:
		p->rules[p->rule_count++] = (struct rule){ row, value };
		return 0;
	case OPT_CHOWN:
		return set_chown(p, value);
	case OPT_GROUP:
		imply(row, p->o, true);
		return 0;
	default:
		return set_field(p, row, value);
	}
}

/* As rsync: --no-relative also stands against what --files-from implies, --no-recursive only unsays. */
static void note(struct parse *p, const struct opt_row *row, bool on)
{
	if (row->letter == 'r')
		p->recurse_given = on;
	if (row->letter == 'R')
		p->relative_given = true;
}

static int negate(struct parse *p, const struct opt_row *row)
{
	note(p, row, false);
	if (row->kind == OPT_GROUP)
		imply(row, p->o, false);
	else
		opt_unset(row, p->o);
	return 0;
}

/* What --no-X means by X: a long name or a letter. */
static const struct opt_row *negated(const char *name, size_t n)
{
	if (n < 4 || memcmp(name, "no-", 3))
		return NULL;
	const struct opt_row *row = n == 4 ? opt_by_letter(name[3]) : opt_by_name(name + 3, n - 3);
	return row && opt_is_negatable(row) ? row : NULL;
}

static int parse_long(struct parse *p, const char *arg)
{
	const char *name = arg + 2, *value = strchr(name, '=');
	size_t n = value ? (size_t)(value++ - name) : strlen(name);
	const struct opt_row *row = opt_by_name(name, n), *no = row ? NULL : negated(name, n);

	if (!row && !no)
		return usage(p, "unknown option --%.*s", (int)n, name);
	if (!((row ? row : no)->commands & p->command))
		return usage(p, "option --%.*s is not one of xfer %s", (int)n, name,
			     args_command_name(p->command));
	bool wants = row && opt_takes_value(row);
	if (value && !wants)
		return usage(p, "option --%.*s takes no value", (int)n, name);
	if (no)
		return negate(p, no);
	if (wants && !value) {
		if (p->next == p->argc)
			return usage(p, "option --%s needs a value (%s)", name, row->arg);
		value = p->argv[p->next++];
	}
	note(p, row, true);
	return apply(p, row, value);
}

/* One letter of a cluster; *rest is what stands behind it, which is its value when it takes one. */
static int parse_letter(struct parse *p, char letter, const char **rest, const char *arg)
{
	const struct opt_row *row = opt_by_letter(letter);
	const char *in = arg[2] ? " in " : "", *cluster = arg[2] ? arg : "", *value = NULL;

	if (!row)
		return usage(p, "unknown option -%c%s%s", letter, in, cluster);
	if (!(row->commands & p->command))
		return usage(p, "option -%c%s%s is not one of xfer %s", letter, in, cluster,
			     args_command_name(p->command));
	if (opt_takes_value(row)) {
		if (!**rest && p->next == p->argc)
			return usage(p, "option -%c%s%s needs a value (%s)", letter, in, cluster, row->arg);
		value = **rest ? *rest : p->argv[p->next++];
		*rest = "";
	}
	note(p, row, true);
	return apply(p, row, value);
}

static int parse_cluster(struct parse *p, const char *arg)
{
	const char *rest = arg + 1;
	int r = 0;
	while (!r && *rest) {
		char letter = *rest++;
		r = parse_letter(p, letter, &rest, arg);
	}
	return r;
}

static int add_operand(struct parse *p, const char *arg)
{
	int r = strings_add(p->operands, arg, strlen(arg));
	return r ? err_set(p->err, r, "operand %s", arg) : 0;
}

static int parse_all(struct parse *p)
{
	bool ended = false;
	int r = 0;
	while (!r && p->next < p->argc) {
		const char *arg = p->argv[p->next++];
		if (ended || arg[0] != '-' || !arg[1])
			r = add_operand(p, arg);
		else if (!strcmp(arg, "--"))
			ended = true;
		else
			r = arg[1] == '-' ? parse_long(p, arg) : parse_cluster(p, arg);
	}
	return r;
}

static bool is_stdin(const char *file)
{
	return file && !strcmp(file, "-");
}

/* The second reader of standard input would find an empty list, and take it for what the user meant. */
static int check_stdin(const struct parse *p)
{
	int readers = is_stdin(p->files_from);
	for (size_t i = 0; i < p->rule_count; i++) {
		int64_t kind = p->rules[i].row->min;
		if (kind == FILTER_OPTION_INCLUDE_FROM || kind == FILTER_OPTION_EXCLUDE_FROM)
			readers += is_stdin(p->rules[i].arg);
	}
	return readers > 1 ? usage(p, "only one of --files-from, --include-from and --exclude-from can be -")
			   : 0;
}

static int expand_rules(struct parse *p)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *rule = &p->rules[i];
		struct err why = { 0 };
		int r = filter_expand(&p->o->filters, rule->arg, (enum filter_option)rule->row->min, p->from0,
				      &why);
		if (r)
			return err_say(p->err, r, "option --%s: %s", rule->row->name, why.text);
	}
	return 0;
}

/* Names in a list are meant as they stand, and without what is below them unless -r was said. */
static int read_names(struct parse *p)
{
	struct options *o = p->o;
	if (!p->files_from)
		return 0;
	o->have_files_from = true;
	if (!p->relative_given)
		o->relative = true;
	if (!p->recurse_given)
		o->recurse = false;
	return args_files_read(&o->files_from, p->files_from, p->from0, p->err);
}

/* What only the whole command line can tell. */
static int settle(struct parse *p)
{
	struct options *o = p->o;
	if (!o->delete)
		o->delete_excluded = false; /* --no-delete after --delete-excluded: nothing is deleted */
	if (o->delete &&!o->recurse && !o->have_files_from)
		return usage(p, "option --delete needs --recursive (-r)");
	if (p->command == ARGS_VERIFY && !o->checksum)
		return usage(p, "option --no-checksum: verify always compares the content");
	if (o->bootstrap && o->xfer_path)
		return usage(
			p,
			"option --bootstrap brings an xfer along, and --xfer-path names one that is there");
	if (p->command == ARGS_SERVE && !p->stdio)
		return usage(p, "xfer serve needs --stdio");
	return 0;
}

static void begin(struct parse *p)
{
	if (p->command != ARGS_VERIFY)
		return;
	imply(opt_by_letter('a'), p->o, true);
	p->o->checksum = true;
	p->o->dry_run = true;
}

static void free_rules(struct rule **rules)
{
	free(*rules);
}

int args_parse(struct options *o, struct strings *operands, int argc, char **argv, enum args_command command,
	       struct err *err)
{
	AUTO(free_rules) struct rule *rules = calloc((size_t)argc + 1, sizeof *rules);
	if (!rules)
		return err_set(err, -ENOMEM, "options");
	struct parse p = {
		.o = o,
		.operands = operands,
		.err = err,
		.command = command,
		.argc = argc,
		.argv = argv,
		.rules = rules,
	};

	begin(&p);
	int r = parse_all(&p);
	if (!r)
		r = check_stdin(&p);
	if (!r)
		r = expand_rules(&p);
	if (!r)
		r = read_names(&p);
	return r ? r : settle(&p);
}
