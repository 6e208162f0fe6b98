#include "scheduler/cli/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/args_table.h"

struct parse {
	struct args *a;
	struct err *err;
	unsigned groups; /* of the command; before that is known all are */
	int argc, next;	 /* the first argument that nobody looked at yet */
	char **argv;
	struct strings words; /* all but options */
};

/* A usage error that sends the user to the help. */
__attribute__((format(printf, 2, 3))) static int usage(const struct parse *p, const char *fmt, ...)
{
	char text[ERR_TEXT - COMMAND_NAME - 40], name[COMMAND_NAME];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!p->a->which)
		return err_say(p->err, -EINVAL, "%s (see scheduler --help)", text);
	return err_say(p->err, -EINVAL, "%s (see scheduler %s --help)", text,
		       command_name(name, p->a->which));
}

/* Its row, and its value where it takes one. *next: the argument behind it. */
static int take_option(const struct parse *p, int *next, const struct opt_row **row, const char **value)
{
	const char *name = p->argv[*next] + 2;
	*value = strchr(name, '=');
	size_t n = *value ? (size_t)((*value)++ - name) : strlen(name);
	*row = opt_by_name(name, n, p->groups);
	++*next;
	if (!*row)
		return usage(p, "unknown option --%.*s", (int)n, name);
	if (*value && !(*row)->arg)
		return usage(p, "option --%s takes no value", (*row)->name);
	if ((*row)->arg && !*value) {
		if (*next == p->argc)
			return usage(p, "option --%s needs a value (%s)", (*row)->name, (*row)->arg);
		*value = p->argv[(*next)++];
	}
	return 0;
}

static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1];
}

/* The words that are no options, so that the command is known before any option is judged by it. */
static int gather_words(struct parse *p)
{
	bool ended = false;
	int r = 0;
	for (int i = 0; !r && i < p->argc;) {
		const char *arg = p->argv[i], *value;
		const struct opt_row *row;
		if (!ended && !strcmp(arg, "--")) {
			ended = true;
			i++;
		} else if (ended || !is_option(arg)) {
			r = strings_add(&p->words, arg, strlen(arg));
			i++;
		} else if (arg[1] == '-') {
			r = take_option(p, &i, &row, &value);
		} else {
			i++;
		}
	}
	return r == -ENOMEM ? err_set(p->err, r, "operands") : r;
}

static int find_command(struct parse *p)
{
	size_t used = 0;
	if (!p->words.count)
		return 0;
	p->a->which = command_find(p->words.at, p->words.count, &used);
	for (size_t i = used; p->a->which && i < p->words.count; i++)
		if (strings_add(p->a->operands, p->words.at[i], strlen(p->words.at[i])))
			return err_set(p->err, -ENOMEM, "operands");
	return 0;
}

static int apply(struct parse *p, const struct opt_row *row, const char *value)
{
	char name[COMMAND_NAME];
	if (row->kind == OPT_HELP)
		return ARGS_HELP;
	if (row->kind == OPT_VERSION)
		return ARGS_VERSION;
	if (p->a->which && !(row->groups & p->groups))
		return usage(p, "option --%s is not one of scheduler %s", row->name,
			     command_name(name, p->a->which));
	return opt_set(row, p->a->o, value, p->err);
}

static int apply_options(struct parse *p)
{
	int r = 0;
	for (int i = 0; !r && i < p->argc && strcmp(p->argv[i], "--") != 0;) {
		const char *arg = p->argv[i], *value;
		const struct opt_row *row;
		if (!is_option(arg)) {
			i++;
		} else if (!strcmp(arg, "-V")) {
			return ARGS_VERSION;
		} else if (arg[1] != '-') {
			return usage(p, "unknown option %s", arg);
		} else {
			r = take_option(p, &i, &row, &value);
			r = r ? r : apply(p, row, value);
		}
	}
	return r;
}

static int settle_command(const struct parse *p)
{
	const struct command *c = p->a->which;
	char name[COMMAND_NAME];
	size_t given = p->a->operands->count;
	if (!p->words.count)
		return usage(p, "no command given");
	if (!strcmp(p->words.at[0], "help"))
		return ARGS_HELP;
	if (!c && command_is_group(p->words.at[0]))
		return usage(p, "%s %s: no such command", p->words.at[0],
			     p->words.count > 1 ? p->words.at[1] : "(nothing)");
	if (!c)
		return usage(p, "%s: no such command", p->words.at[0]);
	if (given >= c->least && given <= c->most)
		return 0;
	return usage(p, "scheduler %s takes %s; %zu given", command_name(name, c),
		     c->operands ? c->operands : "no operand", given);
}

/* What only the whole command line can tell. */
static int settle(const struct parse *p)
{
	const struct options *o = p->a->o;
	int r = settle_command(p);
	if (r)
		return r;
	if (p->a->which->options & OF_WHEN && !o->now && !o->at && !o->next)
		return usage(p, "one of --at, --now and --next is needed");
	if (o->now && (o->at || o->next))
		return usage(p, "option --now leaves no other time");
	if (p->a->which->options & OF_CAMPAIGN && (!o->server || o->month_cents == NOT_SAID))
		return usage(p, "a campaign needs --server and --month-cents");
	if (p->a->which->options & OF_SECONDS && o->seconds == NOT_SAID)
		return usage(p, "option --seconds is needed");
	return 0;
}

int args_parse(struct args *a, int argc, char **argv, struct err *err)
{
	struct parse p = { .a = a, .err = err, .groups = ~0u, .argc = argc, .argv = argv };
	a->which = NULL;
	int r = gather_words(&p);
	if (!r)
		r = find_command(&p);
	if (!r && a->which)
		p.groups = a->which->options;
	if (!r)
		r = apply_options(&p);
	if (!r)
		r = settle(&p);
	if (r == ARGS_HELP && !a->which && p.words.count && !command_is_group(p.words.at[0]))
		r = settle_command(&p); /* what is asked about is not there */
	strings_fini(&p.words);
	return r;
}
