#include "dbdump/checks.h"
#include "dbdump/findings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static void add(struct findings *f, enum severity severity, const char *code, const char *object)
{
	assert_int_equal(findings_add(f, severity, code,
				      (struct finding_text){ object, "why", "what to do" }),
			 0);
}

static void what_is_certain_comes_first_then_by_code_and_object(void **state)
{
	struct findings f = { 0 };
	(void)state;
	add(&f, SEVERITY_NOTE, "event", "event a.e");
	add(&f, SEVERITY_CERTAIN, "engine", "table b.t");
	add(&f, SEVERITY_LIKELY, "definer", "view a.v");
	add(&f, SEVERITY_CERTAIN, "engine", "table a.t");
	add(&f, SEVERITY_CERTAIN, "disk", "server");
	assert_int_equal(findings_sort(&f), 0);
	static const char *const order[] = { "server", "table a.t", "table b.t", "view a.v", "event a.e" };
	assert_int_equal(f.count, 5);
	for (size_t i = 0; i < f.count; i++)
		assert_string_equal(f.at[i].object, order[i]);
	findings_fini(&f);
}

static void only_what_is_certain_makes_the_status(void **state)
{
	struct findings f = { 0 };
	(void)state;
	assert_int_equal(findings_status(&f), EXIT_OK);
	add(&f, SEVERITY_NOTE, "event", "event a.e");
	add(&f, SEVERITY_LIKELY, "definer", "view a.v");
	assert_int_equal(findings_unseen(&f, "disk", "nobody knows"), 0);
	assert_int_equal(findings_status(&f), EXIT_OK);
	add(&f, SEVERITY_CERTAIN, "engine", "table a.t");
	assert_int_equal(findings_status(&f), EXIT_REFUSED);
	findings_fini(&f);
}

static void what_was_said_is_not_said_again(void **state)
{
	struct findings f = { 0 };
	(void)state;
	add(&f, SEVERITY_NOTE, "event", "event a.e");
	add(&f, SEVERITY_NOTE, "event", "event a.e");
	assert_int_equal(findings_unseen(&f, "disk", "nobody knows"), 0);
	assert_int_equal(findings_unseen(&f, "disk", "nobody knows"), 0);
	assert_int_equal(f.count, 1);
	assert_int_equal(findings_count(&f, SEVERITY_NOTE), 1);
	assert_int_equal(f.unseen.count, 1);
	findings_fini(&f);
}

static void of_many_some_are_listed_and_all_are_counted(void **state)
{
	struct findings f = { 0 };
	(void)state;
	for (int i = 0; i < FINDINGS_OF_A_CODE + 7; i++) {
		char object[32];
		snprintf(object, sizeof object, "table a.%d", i);
		add(&f, SEVERITY_CERTAIN, "engine", object);
	}
	assert_int_equal(findings_sort(&f), 0);
	assert_int_equal(f.count, FINDINGS_OF_A_CODE + 1);
	assert_string_equal(f.at[0].object, "7 more");
	assert_int_equal(findings_count(&f, SEVERITY_CERTAIN), FINDINGS_OF_A_CODE + 7);
	findings_fini(&f);
}

/* Answers by what it is asked: a query is its own rows, cells between commas, rows between semicolons. */
static int echo(void *ctx, enum check_end end, const char *sql, struct answer *out, struct err *err)
{
	(void)ctx;
	(void)end;
	if (!strcmp(sql, "forbidden"))
		return err_say(err, -EPERM, "you may not");
	if (!strcmp(sql, "lost"))
		return err_say(err, -ECONNRESET, "it is gone");
	out->columns = 1;
	for (size_t i = 0; sql[i] && sql[i] != ';'; i++)
		out->columns += sql[i] == ',';
	while (*sql) {
		size_t n = strcspn(sql, ",;");
		assert_int_equal(strings_add(&out->cells, sql, n), 0);
		sql += n + (sql[n] != '\0');
	}
	return 0;
}

static int look(struct findings *f, const struct options *o, const struct check *c, size_t count)
{
	const struct asker a = { .ask = echo,
				 .options = o,
				 .has_target = true,
				 .tables_alone = o->only_tables.count > 0,
				 .version = { 15, 15 },
				 .found = f };
	struct err err = { 0 };
	return checks_run(&a, c, count, &err);
}

static void what_the_target_lacks_is_found_and_named(void **state)
{
	static const struct check c = { .code = "engine",
					.kind = CHECK_ABSENT,
					.sql = "table,shop,t,Aria;table,shop,u,InnoDB",
					.other = "InnoDB;CSV",
					.reason = "no $1 there",
					.remedy = "install $1" };
	struct findings f = { 0 };
	struct options o = { 0 };
	(void)state;
	assert_int_equal(look(&f, &o, &c, 1), 0);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.at[0].object, "table shop.t");
	assert_string_equal(f.at[0].reason, "no Aria there");
	assert_string_equal(f.at[0].remedy, "install Aria");
	findings_fini(&f);
}

static void a_change_says_both_values(void **state)
{
	static const struct check c = { .code = "case",
					.kind = CHECK_CHANGED,
					.sql = "variable,,x,0;variable,,y,1;variable,,only here,1",
					.other = "x,1,,-;y,1,,-",
					.reason = "$1, $2",
					.remedy = "" };
	struct findings f = { 0 };
	struct options o = { 0 };
	(void)state;
	assert_int_equal(look(&f, &o, &c, 1), 0);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.at[0].object, "variable x");
	assert_string_equal(f.at[0].reason, "0, 1");
	findings_fini(&f);
}

static void options_leave_out_what_does_not_matter(void **state)
{
	static const struct check c[] = {
		{ .code = "engine",
		  .kind = CHECK_SOURCE,
		  .sql = "table,shop,t,-;table,shop,u,-;function,shop,f,-;server,,,-",
		  .reason = "",
		  .remedy = "" },
		{ .code = "users",
		  .kind = CHECK_SOURCE,
		  .when = WHEN_USERS,
		  .sql = "server,,,-",
		  .reason = "",
		  .remedy = "" },
		{ .code = "later",
		  .kind = CHECK_TARGET,
		  .since = 16,
		  .sql = "server,,,-",
		  .reason = "",
		  .remedy = "" },
	};
	struct findings f = { 0 };
	struct options o = { 0 };
	(void)state;
	assert_int_equal(strings_add(&o.only_tables, "u", 1), 0);
	assert_int_equal(look(&f, &o, c, 3), 0);
	assert_int_equal(findings_sort(&f), 0);
	assert_int_equal(f.count, 2);
	assert_string_equal(f.at[0].object, "source server");
	assert_string_equal(f.at[1].object, "table shop.u");
	strings_fini(&o.only_tables);
	findings_fini(&f);
}

static void what_belongs_to_a_table_goes_with_it(void **state)
{
	static const struct check c[] = {
		{ .code = "definer",
		  .kind = CHECK_SOURCE,
		  .of_table = true,
		  .sql = "function,shop,f,-,;view,shop,v,-,;trigger,shop,x,-,t;trigger,shop,y,-,u",
		  .reason = "",
		  .remedy = "" },
	};
	struct options o = { 0 };
	(void)state;
	assert_int_equal(strings_add(&o.only_tables, "u", 1), 0);
	for (int alone = 0; alone < 2; alone++) {
		struct findings f = { 0 };
		const struct asker a = { .ask = echo, .options = &o, .tables_alone = alone, .found = &f };
		struct err err = { 0 };
		assert_int_equal(checks_run(&a, c, 1, &err), 0);
		assert_int_equal(findings_sort(&f), 0);
		assert_int_equal(f.count, alone ? 1 : 2);
		assert_string_equal(f.at[f.count - 1].object, "trigger shop.y");
		findings_fini(&f);
	}
	strings_fini(&o.only_tables);
}

static void what_may_not_be_asked_is_unseen_and_the_rest_goes_on(void **state)
{
	static const struct check c[] = {
		{ .code = "plugin", .kind = CHECK_SOURCE, .sql = "forbidden", .reason = "", .remedy = "" },
		{ .code = "event", .kind = CHECK_SOURCE, .sql = "event,a,e,-", .reason = "", .remedy = "" },
		{ .code = "lost", .kind = CHECK_SOURCE, .sql = "lost", .reason = "", .remedy = "" },
		{ .code = "never",
		  .kind = CHECK_SOURCE,
		  .sql = "event,a,never,-",
		  .reason = "",
		  .remedy = "" },
	};
	struct findings f = { 0 };
	struct options o = { 0 };
	(void)state;
	assert_int_equal(look(&f, &o, c, 4), -ECONNRESET);
	assert_int_equal(f.unseen.count, 1);
	assert_string_equal(f.unseen.at[0], "plugin: you may not");
	assert_int_equal(f.count, 1);
	findings_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_certain_comes_first_then_by_code_and_object),
		cmocka_unit_test(only_what_is_certain_makes_the_status),
		cmocka_unit_test(what_was_said_is_not_said_again),
		cmocka_unit_test(of_many_some_are_listed_and_all_are_counted),
		cmocka_unit_test(what_the_target_lacks_is_found_and_named),
		cmocka_unit_test(a_change_says_both_values),
		cmocka_unit_test(options_leave_out_what_does_not_matter),
		cmocka_unit_test(what_belongs_to_a_table_goes_with_it),
		cmocka_unit_test(what_may_not_be_asked_is_unseen_and_the_rest_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
