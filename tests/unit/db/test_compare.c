#include "dbdump/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two catalogs, the roles of their servers, and what is found. */
struct trial {
	struct catalog a, b;
	struct report report;
};

static void add_role(struct catalog *c, const char *name)
{
	assert_int_equal(strings_add(&c->roles, name, strlen(name)), 0);
}

static struct object *add(struct catalog *c, const char *kind, const char *name, const char *definition)
{
	struct object *o = catalog_add_object(c);
	assert_non_null(o);
	o->kind = kind;
	o->name = strdup(name);
	o->definition = strdup(definition);
	return o;
}

static void needs(struct object *o, const char *role)
{
	assert_int_equal(strings_add(&o->roles, role, strlen(role)), 0);
}

/* Returns how many differ. */
static size_t compare(struct trial *t)
{
	static const struct observer nobody = { 0 };
	struct watch *w;
	assert_int_equal(watch_new(&w, &t->report, &nobody, NULL, NULL), 0);
	catalog_sort(&t->a);
	catalog_sort(&t->b);
	assert_int_equal(compare_objects(&t->report, &t->a, &t->b, w), 0);
	watch_free(w);
	return t->report.object_count;
}

static void fini(struct trial *t)
{
	catalog_fini(&t->a);
	catalog_fini(&t->b);
	report_fini(&t->report);
}

static void what_an_absent_role_owns_is_a_warning_that_names_it(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.b, "postgres");
	needs(add(&t.a, "owner", "table shop.orders", "joe"), "joe");
	needs(add(&t.a, "grant", "table shop.orders to ann", "SELECT"), "ann");
	needs(add(&t.a, "owner", "table shop.items", "joe"), "joe");
	add(&t.b, "owner", "table shop.items", "loader");
	assert_int_equal(compare(&t), 0);
	assert_int_equal(t.report.warnings.count, 2);
	assert_non_null(strstr(t.report.warnings.at[0], "\"ann\""));
	assert_non_null(strstr(t.report.warnings.at[0], "grant table shop.orders to ann"));
	assert_non_null(strstr(t.report.warnings.at[1], "\"joe\""));
	assert_non_null(strstr(t.report.warnings.at[1], "owner table shop.items, owner table shop.orders"));
	fini(&t);
}

static void where_the_role_is_there_it_is_a_difference(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.b, "postgres");
	add_role(&t.b, "joe");
	needs(add(&t.a, "owner", "table shop.orders", "joe"), "joe");
	needs(add(&t.a, "grant", "table shop.orders to joe", "SELECT"), "joe");
	needs(add(&t.b, "grant", "table shop.orders to joe", "SELECT, UPDATE"), "joe");
	needs(add(&t.b, "grant", "table shop.items to joe", "SELECT"), "joe");
	assert_int_equal(compare(&t), 3);
	assert_int_equal(t.report.warnings.count, 0);
	fini(&t);
}

static void what_is_granted_at_b_alone_has_no_excuse(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.b, "postgres");
	needs(add(&t.b, "grant", "table shop.items to joe", "SELECT"), "joe");
	assert_int_equal(compare(&t), 1);
	fini(&t);
}

static void what_is_there_in_another_form_has_no_excuse(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.b, "postgres");
	needs(add(&t.a, "policy", "shop.orders.mine", "to joe, his own"), "joe");
	add(&t.b, "policy", "shop.orders.mine", "to public, all");
	assert_int_equal(compare(&t), 1);
	fini(&t);
}

static void a_policy_is_missed_where_one_of_its_roles_is_there(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.b, "postgres");
	struct object *o = add(&t.a, "policy", "shop.orders.mine", "to ann, joe");
	o->any_role = true;
	needs(o, "ann");
	needs(o, "joe");
	assert_int_equal(compare(&t), 0);
	assert_int_equal(t.report.warnings.count, 1);
	add_role(&t.b, "joe");
	assert_int_equal(compare(&t), 1);
	fini(&t);
}

static void the_first_superuser_owns_in_silence(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.a, "app");
	add_role(&t.b, "app");
	/* app is B's first: nothing says there that it owns this */
	needs(add(&t.a, "owner", "table shop.orders", "app"), "app");
	/* postgres owns it at A, and is not at B */
	needs(add(&t.b, "owner", "table shop.items", "loader"), "loader");
	assert_int_equal(compare(&t), 0);
	assert_int_equal(t.report.warnings.count, 1);
	assert_non_null(strstr(t.report.warnings.at[0], "\"postgres\""));
	fini(&t);
}

static void who_owns_it_now_has_what_was_granted_to_him(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.a, "loader");
	add_role(&t.b, "postgres");
	add_role(&t.b, "loader");
	static const char *const names[] = { "table a", "table b", "table c" };
	static const char *const to[] = { "postgres", "loader", "loader" };
	for (size_t i = 0; i < 3; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s to %s", names[i], to[i]);
		needs(add(&t.a, "owner", names[i], "joe"), "joe");
		struct object *o = add(&t.a, "grant", name, "SELECT");
		needs(o, to[i]);
		o->owned = strdup(names[i]);
	}
	/* a and c are the first role's there: of c a right is missing */
	needs(add(&t.b, "owner", "table b", "loader"), "loader");
	struct object *own = add(&t.b, "grant", "table column a.x to its owner", "SELECT");
	needs(own, "postgres");
	own->owned = strdup("table a");
	assert_int_equal(compare(&t), 1);
	assert_string_equal(t.report.objects[0].name, "table c to loader");
	assert_int_equal(t.report.warnings.count, 1);
	/* where he could own it, and does not, all that is granted to him has to be there */
	add_role(&t.b, "joe");
	assert_int_equal(compare(&t), 1 + 3 + 3 + 1);
	fini(&t);
}

static void of_many_objects_the_first_are_named(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add_role(&t.a, "postgres");
	add_role(&t.b, "postgres");
	for (int i = 0; i < 25; i++) {
		char name[32];
		snprintf(name, sizeof name, "table t%02d", i);
		needs(add(&t.a, "owner", name, "joe"), "joe");
	}
	assert_int_equal(compare(&t), 0);
	assert_int_equal(t.report.warnings.count, 1);
	assert_non_null(strstr(t.report.warnings.at[0], "owner table t19 and 5 more"));
	assert_null(strstr(t.report.warnings.at[0], "t20"));
	fini(&t);
}

static void engines_without_roles_compare_owners_like_all_else(void **state)
{
	(void)state;
	struct trial t = { 0 };
	add(&t.a, "owner", "x", "one");
	add(&t.b, "owner", "x", "two");
	add(&t.a, "owner", "y", "one");
	add(&t.b, "view", "v", "same");
	add(&t.a, "view", "v", "same");
	assert_int_equal(compare(&t), 2);
	fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_absent_role_owns_is_a_warning_that_names_it),
		cmocka_unit_test(where_the_role_is_there_it_is_a_difference),
		cmocka_unit_test(what_is_granted_at_b_alone_has_no_excuse),
		cmocka_unit_test(what_is_there_in_another_form_has_no_excuse),
		cmocka_unit_test(a_policy_is_missed_where_one_of_its_roles_is_there),
		cmocka_unit_test(the_first_superuser_owns_in_silence),
		cmocka_unit_test(who_owns_it_now_has_what_was_granted_to_him),
		cmocka_unit_test(of_many_objects_the_first_are_named),
		cmocka_unit_test(engines_without_roles_compare_owners_like_all_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
