#include "dbdump/agent/tell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/agent/order.h"
#include "tests/fuzz/reported.h"

/* What was told, each message with its length in front. */
static struct buf said;

static int keep(void *ctx, const void *message, size_t len)
{
	(void)ctx;
	buf_u32(&said, (uint32_t)len);
	buf_bytes(&said, message, len);
	return 0;
}

static int keep_bare(void *ctx, const void *message, size_t len)
{
	(void)ctx;
	buf_bytes(&said, message, len);
	return 0;
}

struct seen {
	unsigned progress, warned, failed, connected;
	char last[64];
};

static void on_progress(void *ctx, const struct progress *p)
{
	struct seen *s = ctx;
	s->progress++;
	assert_string_equal(p->phase, "copy");
	assert_int_equal(p->done_bytes, 7);
	assert_int_equal(p->moved_bytes, 9);
	assert_true(p->total_known);
}

static void on_warning(void *ctx, const char *text)
{
	struct seen *s = ctx;
	s->warned++;
	snprintf(s->last, sizeof s->last, "%s", text);
}

static void on_failure(void *ctx, const struct failure *f)
{
	struct seen *s = ctx;
	s->failed++;
	assert_string_equal(f->kind, "rows");
	assert_string_equal(f->name, "a.b\n");
	assert_int_equal(f->code, -EIO);
	assert_string_equal(f->text, "broken");
}

static void on_connected(void *ctx, bool source, const struct server_info *info, const struct snapshot *s)
{
	struct seen *seen = ctx;
	seen->connected++;
	assert_string_equal(info->version, "11.4");
	assert_true(source == (s != NULL));
	if (s)
		assert_int_equal(s->connections, 3);
}

/* Takes all that was said; the first failure. */
static int hear(struct hearing *h)
{
	struct reader in = reader_of(said.data, said.len);
	int rc = 0;
	while (rc == 0 && in.at < in.end) {
		uint32_t len = reader_u32(&in);
		rc = hearing_take(h, reader_bytes(&in, len), len, NULL);
	}
	return rc;
}

static void what_happens_is_heard(void **state)
{
	(void)state;
	struct teller t;
	struct seen seen = { 0 };
	struct strings words = { 0 };
	struct report report = { 0 };
	const struct observer o = { on_progress, on_warning, on_failure, on_connected, .ctx = &seen };
	struct hearing h = { .observer = &o, .report = &report, .words = &words };
	char name[] = "a.b\n", text[] = "broken";
	const struct server_info info = { .version = "11.4", .disk_bytes = 5 };
	const struct snapshot snapshot = { .connections = 3, .how = "one connection" };
	buf_init(&said, 1 << 20);
	teller_init(&t, keep, NULL);
	tell_progress(&t, &(struct progress){ .phase = "copy",
					      .done_bytes = 7,
					      .total_bytes = 8,
					      .moved_bytes = 9,
					      .total_known = true });
	tell_warning(&t, "careful");
	tell_failure(&t, &(struct failure){ "rows", name, -EIO, text });
	tell_connected(&t, true, &info, &snapshot);
	tell_connected(&t, false, &info, NULL);
	assert_int_equal(t.failed, 0);
	assert_int_equal(hear(&h), 0);
	assert_int_equal(seen.progress, 1);
	assert_int_equal(seen.failed, 1);
	assert_int_equal(seen.connected, 2);
	assert_string_equal(seen.last, "careful");
	assert_false(h.over);
	teller_fini(&t);
	buf_fini(&said);
	report_fini(&report);
	strings_fini(&words);
}

/* It is for the other agent, and no news. */
static void an_answer_is_known(void **state)
{
	struct teller t;
	struct report report = { 0 };
	struct hearing h = { .report = &report };
	(void)state;
	buf_init(&said, 1 << 20);
	teller_init(&t, keep_bare, NULL);
	tell_answer(&t, "yes", 3);
	assert_true(tell_is_answer(said.data, said.len));
	assert_int_equal(said.len, 4);
	assert_memory_equal(said.data + 1, "yes", 3);
	assert_int_equal(hearing_take(&h, said.data, said.len, NULL), -EBADMSG);
	buf_clear(&said);
	tell_warning(&t, "yes");
	assert_false(tell_is_answer(said.data, said.len));
	teller_fini(&t);
	buf_fini(&said);
}

static void a_report_arrives_whole(void **state)
{
	(void)state;
	struct teller t;
	struct strings words = { 0 };
	struct report r = { 0 }, got = { 0 };
	struct hearing h = { .report = &got, .words = &words };
	reported_fill(&r);
	err_say(&r.error, -EINTR, "stopped");
	buf_init(&said, 1 << 20);
	teller_init(&t, keep, NULL);
	assert_int_equal(tell_report(&t, &r), 0);
	assert_int_equal(hear(&h), 0);
	assert_true(h.over);
	assert_int_equal(got.table_count, 1);
	assert_string_equal(got.tables[0].name, "orders");
	assert_true(got.tables[0].live && got.tables[0].digested && got.tables[0].by_file);
	assert_true(rows_digest_equal(&got.tables[0].source, &r.tables[0].source));
	assert_false(rows_digest_equal(&got.tables[0].target, &r.tables[0].source));
	assert_int_equal(got.tables[0].verdict, VERDICT_DIFFERENT);
	assert_string_equal(got.tables[0].narrowed.named[0].name, "id=17");
	assert_string_equal(got.tables[0].narrowed.last, "id=19");
	assert_int_equal(got.kinds[0].different, 2);
	assert_string_equal(got.objects[0].name, "shop.v");
	assert_int_equal(got.failures[0].code, -ENOSPC);
	assert_string_equal(got.moments[0].snapshot.position, "bin.1:4");
	assert_true(got.phases[0].seconds > 1.4 && got.phases[0].seconds < 1.6);
	assert_string_equal(got.warnings.at[0], "w");
	assert_string_equal(got.databases.at[0], "shop");
	assert_int_equal(got.error.code, -EINTR);
	assert_int_equal(got.status, 40);
	/* nothing comes after it */
	assert_int_equal(hear(&h), -EBADMSG);
	teller_fini(&t);
	buf_fini(&said);
	report_fini(&r);
	report_fini(&got);
	strings_fini(&words);
}

/* Every message cut at every byte, and with every byte changed: refused or taken, never more than that. */
static void what_is_no_message_is_refused(void **state)
{
	(void)state;
	struct teller t;
	struct report r = { 0 };
	reported_fill(&r);
	err_say(&r.error, -EINTR, "stopped");
	buf_init(&said, 1 << 20);
	teller_init(&t, keep, NULL);
	assert_int_equal(tell_report(&t, &r), 0);
	struct reader in = reader_of(said.data, said.len);
	while (in.at < in.end) {
		uint32_t len = reader_u32(&in);
		const uint8_t *message = reader_bytes(&in, len);
		for (uint32_t i = 0; i < len; i++) {
			struct report got = { 0 };
			struct strings words = { 0 };
			struct hearing h = { .report = &got, .words = &words };
			uint8_t *copy = malloc(len);
			assert_non_null(copy);
			memcpy(copy, message, len);
			assert_int_equal(hearing_take(&h, copy, i, NULL), -EBADMSG);
			copy[i] ^= 0xff;
			h.over = false;
			hearing_take(&h, copy, len, NULL);
			free(copy);
			report_fini(&got);
			strings_fini(&words);
		}
	}
	teller_fini(&t);
	buf_fini(&said);
	report_fini(&r);
}

static void an_order_arrives_whole(void **state)
{
	(void)state;
	struct buf b;
	char uri[] = "mysql://u:p@h/d", one[] = "t*", from[] = "a", to[] = "b", who[] = "current",
	     until[] = "+90";
	char *only[] = { one }, *names[] = { from, to };
	struct order o = { .role = ORDER_LOAD, .uri = uri, .databases = { names, 1 } }, got;
	o.options = (struct options){ .jobs = 4,
				      .data_only = true,
				      .users = true,
				      .verify = VERIFY_COUNTS,
				      .mode = MODE_TABLESPACE,
				      .only_tables = { only, 1 },
				      .renames = { names, 2 },
				      .definer = who,
				      .bwlimit = 1000,
				      .lock_wait_s = 6,
				      .deadline = until };
	buf_init(&b, 1 << 20);
	assert_int_equal(order_pack(&b, &o, NULL), 0);
	assert_int_equal(order_unpack(&got, b.data, b.len, NULL), 0);
	assert_int_equal(got.role, ORDER_LOAD);
	assert_string_equal(got.uri, uri);
	assert_string_equal(got.databases.at[0], "a");
	assert_true(got.options.data_only && got.options.users && !got.options.schema_only);
	assert_int_equal(got.options.jobs, 4);
	assert_int_equal(got.options.verify, VERIFY_COUNTS);
	assert_int_equal(got.options.mode, MODE_TABLESPACE);
	assert_string_equal(got.options.only_tables.at[0], "t*");
	assert_string_equal(got.options.renames.at[1], "b");
	assert_string_equal(got.options.definer, "current");
	assert_int_equal(got.options.bwlimit, 1000);
	assert_int_equal(got.options.lock_wait_s, 6);
	assert_null(got.options.pg_dump);
	assert_true(!strcmp(got.options.deadline, "+90") || !strcmp(got.options.deadline, "+89"));
	order_fini(&got);
	for (size_t i = 0; i < b.len; i++)
		assert_true(order_unpack(&got, b.data, i, NULL) < 0);
	b.data[0]++;
	assert_int_equal(order_unpack(&got, b.data, b.len, NULL), -EPROTONOSUPPORT);
	o.options.deadline = from;
	buf_clear(&b);
	assert_int_equal(order_pack(&b, &o, NULL), -EINVAL);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_happens_is_heard),  cmocka_unit_test(an_answer_is_known),
		cmocka_unit_test(a_report_arrives_whole), cmocka_unit_test(what_is_no_message_is_refused),
		cmocka_unit_test(an_order_arrives_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
