#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/pg/place.h"

static struct place place(const char *sql, const char *title, bool post_data)
{
	struct piece p = {
		.sql = sql, .len = strlen(sql), .title = title, .title_len = title ? strlen(title) : 0
	};
	struct place out;
	place_of(&out, &p, post_data);
	return out;
}

static void settings_of_pg_dumps_session_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(place("SET statement_timeout = 0", NULL, false).act, PLACE_DROP);
	assert_int_equal(place("SELECT pg_catalog.set_config('search_path', '', false)", NULL, false).act,
			 PLACE_DROP);
	assert_int_equal(place("SET default_table_access_method = heap", NULL, false).act, PLACE_ACCESS);
	assert_int_equal(place("SET SESSION AUTHORIZATION bob", NULL, false).act, PLACE_BECOME);
	assert_int_equal(place("RESET SESSION AUTHORIZATION", NULL, false).act, PLACE_RETURN);
	assert_int_equal(place("CREATE TABLE a.b ()", NULL, false).act, PLACE_KEEP);
}

static void indexes_and_keys_belong_to_their_table(void **state)
{
	(void)state;
	struct place l = place("CREATE UNIQUE INDEX \"a ON b\" ON \"my.s\".t USING btree (x)", NULL, true);
	assert_true(l.on_table && l.apart);
	assert_string_equal(l.schema, "my.s");
	assert_string_equal(l.table, "t");
	l = place("CREATE INDEX i ON ONLY s.\"T\"\"1\" USING btree (x)", NULL, true);
	assert_true(l.on_table);
	assert_string_equal(l.table, "T\"1");
	l = place("ALTER TABLE ONLY s.t\n    ADD CONSTRAINT \"t PRIMARY\" PRIMARY KEY (id)", NULL, true);
	assert_true(l.on_table && !l.apart);
	assert_string_equal(l.table, "t");
	assert_true(place("ALTER TABLE s.t\n    ADD CONSTRAINT c EXCLUDE USING gist (x WITH &&)", NULL, true)
			    .on_table);
	assert_false(place("ALTER TABLE s.t\n    ADD CONSTRAINT c CHECK ((x > 0)) NOT VALID", NULL, true)
			     .on_table);
	assert_false(place("ALTER TABLE ONLY s.t REPLICA IDENTITY FULL", NULL, true).on_table);
}

static void a_foreign_key_says_what_it_refers_to(void **state)
{
	(void)state;
	struct place l = place(
		"ALTER TABLE ONLY s.t\n    ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES \"x y\".z(b) ON DELETE CASCADE",
		NULL, true);
	assert_false(l.on_table);
	assert_true(l.refers);
	assert_string_equal(l.to_schema, "x y");
	assert_string_equal(l.to_table, "z");
}

static void what_acts_on_rows_comes_last(void **state)
{
	(void)state;
	assert_int_equal(place("REFRESH MATERIALIZED VIEW s.m", NULL, true).phase, PHASE_LAST);
	assert_int_equal(
		place("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION s.f()", NULL, true).act,
		PLACE_FINAL);
	assert_int_equal(
		place("CREATE TRIGGER t AFTER INSERT ON s.t EXECUTE FUNCTION s.f()", NULL, true).phase,
		PHASE_AFTER);
	assert_int_equal(place("ALTER LARGE OBJECT 16400 OWNER TO bob", NULL, false).phase, PHASE_LAST);
	assert_int_equal(place("GRANT SELECT ON LARGE OBJECT 16400 TO bob", NULL, false).phase, PHASE_LAST);
	assert_int_equal(place("CREATE TABLE s.t ()", NULL, false).phase, PHASE_BEFORE);
}

static void kinds_and_names_are_for_people(void **state)
{
	(void)state;
	struct place l = place("CREATE TABLE s.t ()", "Name: t; Type: TABLE; Schema: s; Owner: o", false);
	assert_string_equal(l.kind, "table");
	assert_string_equal(l.name, "s.t");
	l = place("ALTER TABLE s.t OWNER TO \"x y\"", "Name: t; Type: TABLE; Schema: s; Owner: o", false);
	assert_string_equal(l.kind, "owner");
	l = place("CREATE EXTENSION e", "Name: e; Type: EXTENSION; Schema: -; Owner: -", false);
	assert_string_equal(l.kind, "extension");
	assert_string_equal(l.name, "e");
	l = place("GRANT ALL ON TABLE s.t TO bob", "Name: TABLE t; Type: ACL; Schema: s; Owner: o", false);
	assert_string_equal(l.kind, "grant");
	l = place("COMMENT ON TABLE s.t IS ' OWNER TO x'", "Name: x; Type: SCHEMA; Schema", false);
	assert_string_equal(l.kind, "object");
}

static bool begins_post_data(const char *sql)
{
	return place(sql, NULL, false).phase == PHASE_AFTER;
}

static void post_data_begins_with_what_rows_are_loaded_without(void **state)
{
	(void)state;
	assert_true(begins_post_data("CREATE UNIQUE INDEX i ON s.t USING btree (x)"));
	assert_true(begins_post_data("ALTER TABLE ONLY s.t\n    ADD CONSTRAINT p PRIMARY KEY (id)"));
	assert_true(begins_post_data("ALTER DOMAIN s.d\n\tADD CONSTRAINT c CHECK ((VALUE > 0)) NOT VALID"));
	assert_true(begins_post_data("ALTER TABLE s.t ENABLE ROW LEVEL SECURITY"));
	assert_true(begins_post_data("CREATE OR REPLACE VIEW s.v AS\n SELECT 1"));
	assert_true(begins_post_data("CREATE TRIGGER t AFTER INSERT ON s.t EXECUTE FUNCTION s.f()"));
	assert_false(begins_post_data(
		"ALTER TABLE ONLY s.t ALTER COLUMN c SET DEFAULT '\n    ADD CONSTRAINT p x'"));
	assert_false(begins_post_data("CREATE VIEW s.v AS\n SELECT 1"));
	assert_false(begins_post_data("ALTER DOMAIN s.d OWNER TO joe"));
	assert_false(begins_post_data("ALTER TABLE ONLY s.t FORCE ROW LEVEL SECURITY"));
	assert_false(begins_post_data("ALTER TABLE ONLY s.t REPLICA IDENTITY FULL"));
	assert_false(begins_post_data("CREATE FUNCTION s.f() AS '\nCREATE INDEX i ON t (x);'"));
	/* it goes on, but not for grants */
	assert_int_equal(place("COMMENT ON INDEX s.i IS 'x'", NULL, true).phase, PHASE_AFTER);
	assert_int_equal(place("GRANT SELECT ON TABLE s.t TO bob", NULL, true).phase, PHASE_BEFORE);
	assert_int_equal(place("SET SESSION AUTHORIZATION bob", NULL, true).phase, PHASE_BEFORE);
	assert_int_equal(place("GRANT SELECT ON LARGE OBJECT 16400 TO bob", NULL, true).phase, PHASE_LAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_of_pg_dumps_session_are_dropped),
		cmocka_unit_test(indexes_and_keys_belong_to_their_table),
		cmocka_unit_test(a_foreign_key_says_what_it_refers_to),
		cmocka_unit_test(what_acts_on_rows_comes_last),
		cmocka_unit_test(kinds_and_names_are_for_people),
		cmocka_unit_test(post_data_begins_with_what_rows_are_loaded_without),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
