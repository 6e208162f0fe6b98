#include "xfer/tree/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

/* These are on every Debian: root 0, daemon 1, bin 2, nobody 65534; groups root 0, adm 4, nogroup 65534. */

static struct ids *make(const struct options *o)
{
	struct ids *s = NULL;
	struct err err = { 0 };
	if (ids_new(&s, o, &err))
		fail_msg("%s", err.text);
	return s;
}

static void learn(struct ids *s, enum id_kind kind, uint32_t id, const char *name)
{
	assert_int_equal(ids_learn(s, kind, id, name, strlen(name), NULL), 0);
}

static void names_decide_and_numbers_where_there_is_no_such_name(void **state)
{
	(void)state;
	struct ids *s = make(&(struct options){ 0 });
	learn(s, ID_USER, 4711, "daemon");
	learn(s, ID_USER, 4712, "nobody-has-this-name");
	learn(s, ID_USER, 4713, "");
	learn(s, ID_GROUP, 4711, "adm");
	assert_int_equal(ids_map(s, ID_USER, 4711), 1);
	assert_int_equal(ids_map(s, ID_USER, 4712), 4712);
	assert_int_equal(ids_map(s, ID_USER, 4713), 4713);
	assert_int_equal(ids_map(s, ID_USER, 99), 99);
	assert_int_equal(ids_map(s, ID_GROUP, 4711), 4);
	learn(s, ID_USER, 4711, "bin");
	assert_int_equal(ids_map(s, ID_USER, 4711), 2);
	ids_free(s);
}

static void root_stays_root_whatever_it_is_called_unless_mapped(void **state)
{
	(void)state;
	struct ids *s = make(&(struct options){ 0 });
	learn(s, ID_USER, 0, "daemon");
	assert_int_equal(ids_map(s, ID_USER, 0), 0);
	ids_free(s);

	s = make(&(struct options){ .usermap = "root:nobody" });
	assert_int_equal(ids_map(s, ID_USER, 0), 0);
	learn(s, ID_USER, 0, "root");
	assert_int_equal(ids_map(s, ID_USER, 0), 65534);
	ids_free(s);
}

static void with_numeric_ids_names_do_not_count_but_rules_for_numbers_do(void **state)
{
	(void)state;
	struct ids *s = make(&(struct options){ .numeric_ids = true, .usermap = "daemon:5,100-200:6,300:7" });
	learn(s, ID_USER, 50, "daemon");
	assert_int_equal(ids_map(s, ID_USER, 50), 50);
	assert_int_equal(ids_map(s, ID_USER, 99), 99);
	assert_int_equal(ids_map(s, ID_USER, 100), 6);
	assert_int_equal(ids_map(s, ID_USER, 200), 6);
	assert_int_equal(ids_map(s, ID_USER, 201), 201);
	assert_int_equal(ids_map(s, ID_USER, 300), 7);
	ids_free(s);
}

static void the_first_rule_that_matches_counts(void **state)
{
	(void)state;
	struct ids *s = make(&(struct options){
		.usermap = "0-99:nobody,web?:33,web*:34,:35,exact:daemon",
		.groupmap = "*:adm",
	});
	learn(s, ID_USER, 5, "web1");
	learn(s, ID_USER, 500, "web1");
	learn(s, ID_USER, 501, "webmaster");
	learn(s, ID_USER, 502, "exact");
	learn(s, ID_USER, 503, "exactly");
	learn(s, ID_USER, 504, "");
	assert_int_equal(ids_map(s, ID_USER, 5), 65534);
	assert_int_equal(ids_map(s, ID_USER, 500), 33);
	assert_int_equal(ids_map(s, ID_USER, 501), 34);
	assert_int_equal(ids_map(s, ID_USER, 502), 1);
	assert_int_equal(ids_map(s, ID_USER, 503), 503);
	assert_int_equal(ids_map(s, ID_USER, 504), 35);
	assert_int_equal(ids_map(s, ID_USER, 505), 35);
	assert_int_equal(ids_map(s, ID_GROUP, 0), 4);
	assert_int_equal(ids_map(s, ID_GROUP, 12345), 4);
	ids_free(s);
}

static void chown_maps_everything_and_either_side_may_be_missing(void **state)
{
	(void)state;
	static const struct {
		const char *chown;
		uint32_t user, group;
	} rows[] = {
		{ "daemon:adm", 1, 4 }, { "daemon", 1, 77 }, { "daemon:", 1, 77 },
		{ ":adm", 77, 4 },	{ "12:34", 12, 34 }, { ":", 77, 77 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ids *s = make(&(struct options){ .chown = (char *)rows[i].chown });
		learn(s, ID_USER, 77, "games-not-here");
		assert_int_equal(ids_map(s, ID_USER, 77), rows[i].user);
		assert_int_equal(ids_map(s, ID_GROUP, 77), rows[i].group);
		assert_int_equal(ids_map(s, ID_USER, 0), rows[i].user == 77 ? 0 : rows[i].user);
		ids_free(s);
	}
}

static void a_wrong_map_is_refused_and_named(void **state)
{
	(void)state;
	static const struct {
		struct options o;
		const char *named;
	} rows[] = {
		{ { .usermap = "" }, "--usermap" },
		{ { .usermap = "a" }, "\"a\"" },
		{ { .usermap = "a:" }, "\"a:\"" },
		{ { .usermap = "a:1," }, "\"\"" },
		{ { .usermap = "a:no-such-user" }, "a:no-such-user" },
		{ { .groupmap = "a:1,b:no-such-group" }, "b:no-such-group" },
		{ { .usermap = "1x:1" }, "1x:1" },
		{ { .usermap = "1-:1" }, "1-:1" },
		{ { .usermap = "1-2-3:1" }, "1-2-3:1" },
		{ { .usermap = "9-3:1" }, "9-3:1" },
		{ { .usermap = "1:4294967295" }, "4294967295" },
		{ { .usermap = "99999999999:1" }, "99999999999" },
		{ { .chown = "no-such-user:adm" }, "no-such-user" },
		{ { .chown = "daemon:no-such-group" }, "no-such-group" },
		{ { .chown = "daemon", .usermap = "1:2" }, "--usermap" },
		{ { .chown = ":adm", .groupmap = "1:2" }, "--groupmap" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ids *s = NULL;
		struct err err = { 0 };
		if (ids_new(&s, &rows[i].o, &err) != -EINVAL || !strstr(err.text, rows[i].named))
			fail_msg("row %zu: %s", i, err.text);
		assert_null(s);
	}
	struct ids *s = make(&(struct options){ .chown = "daemon", .groupmap = "1:2" });
	assert_int_equal(ids_map(s, ID_GROUP, 1), 2);
	ids_free(s);
}

static void hostile_names_are_refused(void **state)
{
	(void)state;
	struct ids *s = make(&(struct options){ 0 });
	struct err err = { 0 };
	char longest[ID_NAME_MAX + 1];
	memset(longest, 'x', sizeof longest);
	assert_int_equal(ids_learn(s, ID_USER, 1, "da\0emon", 7, &err), -EPROTO);
	assert_int_equal(ids_learn(s, ID_USER, 1, longest, sizeof longest, &err), -EPROTO);
	assert_int_equal(ids_learn(s, ID_USER, 1, longest, ID_NAME_MAX, &err), 0);
	assert_int_equal(ids_learn(s, ID_USER, 1, NULL, 0, &err), 0);
	assert_int_equal(ids_learn(s, ID_USER, UINT32_MAX, "daemon", 6, &err), 0);
	assert_int_equal(ids_map(s, ID_USER, UINT32_MAX), 1);
	ids_free(s);
}

static void a_peer_cannot_announce_ids_without_end(void **state)
{
	(void)state;
	struct ids *s = make(&(struct options){ .usermap = "1000000:5" });
	struct err err = { 0 };
	for (uint32_t i = 0; i < IDS_MAX; i++)
		assert_int_equal(ids_learn(s, ID_USER, i * 4096, "", 0, &err), 0);
	assert_int_equal(ids_learn(s, ID_USER, 5, "", 0, &err), -EPROTO);
	assert_int_equal(ids_learn(s, ID_USER, 4096, "daemon", 6, &err), 0);
	assert_int_equal(ids_learn(s, ID_GROUP, 5, "", 0, &err), 0);
	assert_int_equal(ids_map(s, ID_USER, 4096), 1);
	assert_int_equal(ids_map(s, ID_USER, 8192), 8192);
	assert_int_equal(ids_map(s, ID_USER, 1000000), 5);
	assert_int_equal(ids_map(s, ID_USER, 7), 7);
	ids_free(s);
}

static void this_machines_names_are_known_and_stay_where_they_are(void **state)
{
	(void)state;
	struct ids *s = make(NULL);
	const char *daemon = ids_name(s, ID_USER, 1);
	assert_string_equal(daemon, "daemon");
	assert_string_equal(ids_name(s, ID_GROUP, 4), "adm");
	assert_string_equal(ids_name(s, ID_USER, 3999999999), "");
	for (uint32_t i = 0; i < 1000; i++)
		ids_name(s, ID_USER, 3000000000 + i);
	assert_ptr_equal(ids_name(s, ID_USER, 1), daemon);
	ids_free(s);
}

static void an_id_is_used_first_only_once(void **state)
{
	(void)state;
	struct ids *s = make(NULL);
	for (uint32_t i = 0; i < IDS_MAX; i++)
		assert_true(ids_first_use(s, ID_USER, i));
	for (uint32_t i = 0; i < IDS_MAX; i++)
		assert_false(ids_first_use(s, ID_USER, i));
	assert_true(ids_first_use(s, ID_GROUP, 1));
	assert_false(ids_first_use(s, ID_USER, IDS_MAX));
	ids_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_decide_and_numbers_where_there_is_no_such_name),
		cmocka_unit_test(root_stays_root_whatever_it_is_called_unless_mapped),
		cmocka_unit_test(with_numeric_ids_names_do_not_count_but_rules_for_numbers_do),
		cmocka_unit_test(the_first_rule_that_matches_counts),
		cmocka_unit_test(chown_maps_everything_and_either_side_may_be_missing),
		cmocka_unit_test(a_wrong_map_is_refused_and_named),
		cmocka_unit_test(hostile_names_are_refused),
		cmocka_unit_test(a_peer_cannot_announce_ids_without_end),
		cmocka_unit_test(this_machines_names_are_known_and_stay_where_they_are),
		cmocka_unit_test(an_id_is_used_first_only_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
