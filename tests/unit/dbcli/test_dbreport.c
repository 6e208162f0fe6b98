/* What a report looks like: totals.c, report_text.c and report_event.c. */
#include "dbdump/cli/report_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/cli/report_event.h"
#include "xfer/base/exit.h"

#define EVIL "a\033[2J\nb"
#define EVIL_SHOWN "a\\#033[2J\\#012b"

enum { TABLES = 3 };

/* Two tables that are equal and a third for the tests to spoil. What it points to is the test's. */
struct sample {
	struct report r;
	struct table_report tables[TABLES];
	struct kind_report kinds[3];
	struct object_report object;
	struct phase_report phases[2];
	struct moment moment;
	struct failure failure;
	char text[1 << 16];
};

static void sample_init(struct sample *s)
{
	static char schema[] = "shop", *names[] = { "customers", "log", "orders" };
	*s = (struct sample){
		.kinds = { { "table", 3, 3, 0 }, { "policy", 2, 2, 0 }, { "index", 1, 1, 0 } },
		.phases = { { "rows and indexes", 1.5 }, { "last things", 0.001 } },
		.moment = { NULL, { 2, "BACKUP STAGE BLOCK_COMMIT", "bin.000003:17", 0.25 } },
		.failure = { "trigger", EVIL, -EIO, "server says " EVIL },
	};
	for (int i = 0; i < TABLES; i++)
		s->tables[i] = (struct table_report){
			.schema = schema,
			.name = names[i],
			.read = true,
			.reread = true,
			.digested = true,
			.source = { 1000, 50000, { 17, 4 } },
			.target = { 1000, 50000, { 17, 4 } },
			.verdict = VERDICT_EQUAL,
		};
	s->r = (struct report){ .tables = s->tables,
				.table_count = TABLES,
				.kinds = s->kinds,
				.kind_count = 3,
				.phases = s->phases,
				.phase_count = 2,
				.moments = &s->moment,
				.moment_count = 1,
				.source = { "MariaDB 10.11", 2540000000 },
				.target = { "MariaDB 11", 1 },
				.rows = 3000,
				.bytes = 150000,
				.seconds = 2 };
}

static const char *shown(struct sample *s, bool verify)
{
	struct totals t;
	struct line l;
	struct report_style style = { .verify = verify };
	assert_int_equal(totals_of(&t, &s->r), 0);
	line_init(&l, -1, SIZE_MAX);
	report_text(&l, &s->r, &t, &style);
	assert_true(l.text.len < sizeof s->text);
	memcpy(s->text, l.text.data, l.text.len);
	s->text[l.text.len] = '\0';
	line_fini(&l);
	return s->text;
}

static const char *event_of(struct sample *s, const char *verb)
{
	struct totals t;
	struct event e;
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(totals_of(&t, &s->r), 0);
	event_init(&e, fds[1]);
	assert_int_equal(report_event(&e, verb, &s->r, &t), 0);
	event_fini(&e);
	ssize_t n = read(fds[0], s->text, sizeof s->text - 1);
	assert_true(n > 0);
	s->text[n] = '\0';
	close(fds[0]);
	close(fds[1]);
	return s->text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in: %s", part, text);
}

static void a_good_report_says_what_is_proven(void **state)
{
	(void)state;
	static struct sample s;
	sample_init(&s);
	const char *text = shown(&s, false);
	assert_has(text, "OK: 3 tables, 3,000 rows, nothing missing\n");
	assert_has(text, "from      MariaDB 10.11, 2.54GB on disk\n");
	assert_has(text, "rows      3,000 rows, 150,000 bytes; 3,000 at the destination\n");
	assert_has(text, ", equal at both ends, of every row by content and column name\n");
	assert_has(text, "objects   3 tables, 2 policies, 1 index: the same at both ends\n");
	assert_has(
		text,
		"snapshot  BACKUP STAGE BLOCK_COMMIT, 2 connections, at bin.000003:17; a lock for 0.25 s\n");
	assert_has(text, "time      2.00 s (rows and indexes 1.50 s)\n");
	assert_has(shown(&s, true), "EQUAL: 3 tables, 3,000 rows\n");
}

static void of_a_table_that_differs_in_too_much_no_count_is_told_that_is_none(void **state)
{
	(void)state;
	static struct sample s;
	sample_init(&s);
	s.tables[1].verdict = VERDICT_DIFFERENT;
	s.r.status = EXIT_DIFFERENT;
	s.tables[1].narrowed = (struct narrowed){ .done = true, .at_least = true };
	const char *text = shown(&s, true);
	assert_has(text, "so many rows differ that they were not looked at one by one\n");
	assert_lacks(text, "changed");
	s.tables[1].narrowed.missing = 3;
	text = shown(&s, true);
	assert_has(text, "0 changed, 3 missing, 0 extra, and more that were not counted\n");
}

static void a_difference_is_named(void **state)
{
	(void)state;
	static struct sample s;
	sample_init(&s);
	static char row[] = "id=" EVIL, view[] = EVIL;
	s.tables[1].target.sum.low++;
	s.tables[1].verdict = VERDICT_DIFFERENT;
	s.tables[1].narrowed =
		(struct narrowed){ .done = true, .changed = 1, .named_count = 1, .first = row, .last = row };
	s.tables[1].narrowed.named[0] = (struct row_difference){ DIFFERENCE_CHANGED, row };
	s.kinds[0].different = 1;
	s.object = (struct object_report){ DIFFERENCE_MISSING, "view", view };
	s.r.objects = &s.object;
	s.r.object_count = 1;
	s.r.status = EXIT_DIFFERENT;
	const char *text = shown(&s, true);
	assert_has(text, "DIFFERENT (40): the rows of 1 of 3 tables, the definitions of 1 of 6 objects\n");
	assert_has(text, "shop.log: DIFFERENT, 1,000 rows, 1,000 at the destination\n");
	assert_has(text, "1 changed, 0 missing, 0 extra, between id=" EVIL_SHOWN " and id=" EVIL_SHOWN "\n");
	assert_has(text, "  changed id=" EVIL_SHOWN "\n");
	assert_has(text, "view " EVIL_SHOWN " is not at the destination\n");
	assert_has(text, " at the destination: DIFFERENT\n");
	assert_lacks(text, "\033");
	assert_lacks(text, "the same at both ends");
	text = event_of(&s, "verify");
	assert_has(text, "\"ok\":false,\"exit\":40,");
	assert_has(
		text,
		"\"items\":{\"total\":3,\"copied\":0,\"updated\":1,\"renamed\":0,\"deleted\":0,\"unchanged\":2,\"failed\":0}");
	assert_has(text, "\"rows\":[{\"what\":\"changed\",\"name\":\"id=a\\u001b[2J\\nb\"}]");
	assert_lacks(text, "\033");
}

/* Equal sums in other tables must not make up for it, as they would in one sum of all rows. */
static void rows_that_change_tables_change_the_digest(void **state)
{
	(void)state;
	static struct sample s;
	struct totals t;
	sample_init(&s);
	s.tables[0].source.sum.low = s.tables[1].target.sum.low = 1;
	s.tables[1].source.sum.low = s.tables[0].target.sum.low = 2;
	assert_int_equal(totals_of(&t, &s.r), 0);
	assert_true(t.digested && !t.equal);
	s.tables[0].digested = s.tables[1].digested = false;
	assert_int_equal(totals_of(&t, &s.r), 0);
	assert_true(t.digested && t.equal);
}

static void what_failed_is_in_the_report(void **state)
{
	(void)state;
	static struct sample s;
	sample_init(&s);
	s.r.failures = &s.failure;
	s.r.failure_count = 1;
	s.tables[2].verdict = VERDICT_FAILED;
	s.tables[2].digested = false;
	s.r.status = EXIT_PARTIAL;
	const char *text = shown(&s, false);
	assert_has(text, "INCOMPLETE (23): not all could be copied; what could not is named\n");
	assert_has(text, "failed    trigger " EVIL_SHOWN ": server says " EVIL_SHOWN "\n");
	assert_has(text, "shop.orders: FAILED");
	text = event_of(&s, "copy");
	assert_has(text,
		   "\"copied\":2,\"updated\":0,\"renamed\":0,\"deleted\":0,\"unchanged\":0,\"failed\":1}");
	assert_has(
		text,
		"\"failures\":[{\"kind\":\"trigger\",\"item\":\"a\\u001b[2J\\nb\",\"error\":\"server says ");
	assert_has(text, "\"errno\":5}],\"failures_total\":1}");
}

static void a_good_event_holds_everything(void **state)
{
	(void)state;
	static struct sample s;
	sample_init(&s);
	s.tables[0].live = true;
	const char *text = event_of(&s, "copy");
	assert_has(text, "\"verb\":\"copy\",\"ok\":true,\"exit\":0,");
	assert_has(text, "\"items\":{\"total\":3,\"copied\":3,");
	assert_has(
		text,
		"\"bytes\":{\"total\":150000,\"read\":150000,\"sent\":150000,\"received\":150000,\"written\":150000}");
	assert_has(text, "\"seconds\":{\"rows_and_indexes\":1.5,\"last_things\":0.001,\"total\":2}");
	assert_has(text, "\"proof\":\"rows\",\"digest\":\"");
	assert_has(
		text,
		"\"tables\":[],\"kinds\":[{\"kind\":\"table\",\"source\":3,\"target\":3,\"different\":0},");
	assert_has(text,
		   "\"snapshots\":[{\"how\":\"BACKUP STAGE BLOCK_COMMIT\",\"position\":\"bin.000003:17\",");
	assert_has(shown(&s, false), "tables    1 table without transactions: read as they were");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_report_says_what_is_proven),
		cmocka_unit_test(of_a_table_that_differs_in_too_much_no_count_is_told_that_is_none),
		cmocka_unit_test(a_difference_is_named),
		cmocka_unit_test(rows_that_change_tables_change_the_digest),
		cmocka_unit_test(what_failed_is_in_the_report),
		cmocka_unit_test(a_good_event_holds_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
