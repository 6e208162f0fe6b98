#include "scheduler/cli/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/cli/args_table.h"
#include "scheduler/cli/secret.h"

enum { CASE_WORDS = 64 };

struct parsed {
	struct options o;
	struct strings operands;
	struct args a;
	struct err err;
	int result;
};

static void fini(struct parsed *c)
{
	options_fini(&c->o);
	strings_fini(&c->operands);
}

/* line: words between single spaces, so that two of them make an empty word. */
static int parse(struct parsed *c, const char *line)
{
	char *argv[CASE_WORDS], *text = strdup(line), *rest = text;
	int argc = 0;
	assert_non_null(text);
	while (*line && rest) {
		assert_true(argc < CASE_WORDS);
		argv[argc++] = strsep(&rest, " ");
	}
	*c = (struct parsed){ 0 };
	options_init(&c->o);
	c->a = (struct args){ .o = &c->o, .operands = &c->operands };
	c->result = args_parse(&c->a, argc, argv, &c->err);
	free(text); /* what is kept must be a copy */
	return c->result;
}

static void good(struct parsed *c, const char *line)
{
	if (parse(c, line))
		fail_msg("%s: %d %s", line, c->result, c->err.text);
}

static void refused(const char *line, const char *says)
{
	struct parsed c;
	if (parse(&c, line) != -EINVAL || !strstr(c.err.text, says))
		fail_msg("%s: expected \"%s\", got %d \"%s\"", line, says, c.result, c.err.text);
	fini(&c);
}

static void nothing_said_means_the_defaults(void **state)
{
	(void)state;
	struct parsed c;
	good(&c, "status");
	assert_string_equal(c.a.which->group, "status");
	assert_int_equal(c.operands.count, 0);
	assert_int_equal(c.o.store_wait_s, 60);
	assert_int_equal(c.o.cores, NOT_SAID);
	assert_false(c.o.json || c.o.now || c.o.back || c.o.config || c.o.as);
	fini(&c);
}

static void each_option_reaches_its_field(void **state)
{
	(void)state;
	struct parsed c;
	good(&c,
	     "server set web1 --ssh= --rsh=ssh --root /srv --mariadb mysql://h/ --postgresql postgresql:/// "
	     "--addresses 192.0.2.1 --cores 4 --memory=16 --disk 100 --generation g2 --why= --json");
	assert_string_equal(c.operands.at[0], "web1");
	assert_string_equal(c.o.ssh, "");
	assert_string_equal(c.o.rsh, "ssh");
	assert_string_equal(c.o.root, "/srv");
	assert_string_equal(c.o.mariadb, "mysql://h/");
	assert_string_equal(c.o.postgresql, "postgresql:///");
	assert_string_equal(c.o.addresses, "192.0.2.1");
	assert_string_equal(c.o.generation, "g2");
	assert_true(c.o.cores == 4 && c.o.memory_gb == 16 && c.o.disk_gb == 100 && c.o.json);
	assert_int_equal(c.o.items.count, 0);
	fini(&c);
	good(&c, "campaign add anna --server w --month-cents 3100 --zone Europe/Paris --configuration large");
	assert_string_equal(c.o.server, "w");
	assert_string_equal(c.o.zone, "Europe/Paris");
	assert_string_equal(c.o.configuration, "large");
	assert_int_equal(c.o.month_cents, 3100);
	fini(&c);
	good(&c,
	     "audit --campaign anna --since 2026-12-01T03:00Z --config x.ini --as support --store-wait 0");
	assert_string_equal(c.o.campaign, "anna");
	assert_string_equal(c.o.since, "2026-12-01T03:00Z");
	assert_string_equal(c.o.config, "x.ini");
	assert_string_equal(c.o.as, "support");
	assert_int_equal(c.o.store_wait_s, 0);
	fini(&c);
	good(&c, "report --format=markdown anna");
	assert_int_equal(c.o.format, REPORT_MARKDOWN);
	fini(&c);
}

static void items_keep_their_order_and_their_kinds(void **state)
{
	(void)state;
	static const char *const wanted[] = { "files", "/a", "mariadb",		 "shop",
					      "files", "/b", "domain-elsewhere", "x.test" };
	struct parsed c;
	good(&c, "account add anna/shop --files /a --mariadb=shop --files=/b --domain-elsewhere x.test");
	assert_int_equal(c.o.items.count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < c.o.items.count; i++)
		assert_string_equal(c.o.items.at[i], wanted[i]);
	assert_null(c.o.mariadb);
	fini(&c);
}

static void options_may_stand_anywhere(void **state)
{
	(void)state;
	struct parsed c;
	good(&c, "--json --as client account --why=so request --back --now anna/shop");
	assert_string_equal(c.a.which->name, "request");
	assert_string_equal(c.operands.at[0], "anna/shop");
	assert_true(c.o.json && c.o.back && c.o.now);
	assert_string_equal(c.o.as, "client");
	fini(&c);
	/* behind -- nothing is one */
	good(&c, "campaign show -- --json");
	assert_string_equal(c.operands.at[0], "--json");
	assert_false(c.o.json);
	fini(&c);
}

static void what_is_not_understood_is_named(void **state)
{
	(void)state;
	refused("", "no command given");
	refused("--json", "no command given");
	refused("frobnicate", "frobnicate: no such command");
	refused("account", "account (nothing): no such command");
	refused("account frobnicate", "account frobnicate: no such command");
	refused("frobnicate --help", "frobnicate: no such command");
	refused("status --frobnicate", "unknown option --frobnicate");
	refused("status -x", "unknown option -x");
	refused("status --now", "option --now is not one of scheduler status");
	refused("server add web1 --files /a", "option --files is not one of scheduler server add");
	refused("status --json=yes", "option --json takes no value");
	refused("status --config", "option --config needs a value (FILE)");
	refused("status --config=", "option --config: the value is empty");
	refused("account add a/b --files=", "option --files: the value is empty");
	refused("server add w --cores many", "option --cores");
	refused("report --format=pdf", "option --format");
	refused("account extend a/b --seconds 0", "option --seconds");
}

static void what_is_missing_or_too_much_is_named(void **state)
{
	(void)state;
	refused("status a b", "takes [CAMPAIGN]; 2 given");
	refused("plan a", "takes no operand; 1 given");
	refused("account show", "takes ACCOUNT; 0 given");
	refused("campaign add anna --server w", "--month-cents");
	refused("campaign add anna --month-cents 1", "--server");
	refused("account request a/b", "--at, --now and --next");
	refused("account request a/b --now --next", "--now leaves no other time");
	refused("account request a/b --now --at x", "--now leaves no other time");
	refused("account extend a/b", "--seconds is needed");
}

static void help_and_version_win(void **state)
{
	(void)state;
	struct parsed c;
	assert_int_equal(parse(&c, "--help"), ARGS_HELP);
	assert_null(c.a.which);
	fini(&c);
	assert_int_equal(parse(&c, "help"), ARGS_HELP);
	fini(&c);
	assert_int_equal(parse(&c, "account --help"), ARGS_HELP);
	assert_null(c.a.which);
	fini(&c);
	assert_int_equal(parse(&c, "account request --help"), ARGS_HELP);
	assert_string_equal(c.a.which->name, "request");
	fini(&c);
	assert_int_equal(parse(&c, "-V"), ARGS_VERSION);
	fini(&c);
	assert_int_equal(parse(&c, "status --version"), ARGS_VERSION);
	fini(&c);
}

static void rows_of_one_name_are_never_one_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < opt_row_count; i++)
		for (size_t j = i + 1; j < opt_row_count; j++) {
			if (strcmp(opt_rows[i].name, opt_rows[j].name) != 0)
				continue;
			/* before the command is known it has to be known what takes a value */
			assert_true(!opt_rows[i].arg == !opt_rows[j].arg);
			for (size_t c = 0; c < command_count; c++)
				assert_false(commands[c].options & opt_rows[i].groups &&
					     commands[c].options & opt_rows[j].groups);
		}
}

static void covered(const char *text, const char *wanted)
{
	char is[200] = { 0 };
	memcpy(is, text, strlen(text));
	secret_cover(is);
	assert_string_equal(is, wanted);
	for (size_t i = strlen(is); i < sizeof is; i++)
		assert_int_equal(is[i], 0);
}

static void no_password_is_shown(void **state)
{
	(void)state;
	covered("mysql://root@h/", "mysql://root@h/");
	covered("mysql://root:geheim@h:3306/", "mysql://root:*@h:3306/");
	covered("mysql://root:a@b:c@h/", "mysql://root:*@h/");
	covered("mysql://h:3306/", "mysql://h:3306/");
	covered("mysql://root:@h/", "mysql://root:@h/");
	covered("postgresql:///x?password=geheim&user=u", "postgresql:///x?password=*&user=u");
	covered("--mariadb=mysql://r:p@h/", "--mariadb=mysql://r:*@h/");
	covered("it is no URI: a:b@c", "it is no URI: a:b@c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_means_the_defaults),
		cmocka_unit_test(each_option_reaches_its_field),
		cmocka_unit_test(items_keep_their_order_and_their_kinds),
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(what_is_not_understood_is_named),
		cmocka_unit_test(what_is_missing_or_too_much_is_named),
		cmocka_unit_test(help_and_version_win),
		cmocka_unit_test(rows_of_one_name_are_never_one_commands),
		cmocka_unit_test(no_password_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
