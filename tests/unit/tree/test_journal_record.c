#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "xfer/tree/journal.h"

#define SECOND INT64_C(1000000000)

enum { BOOT = 7, OTHER = 8 };

static bool is_trusted(const struct journal_state *s)
{
	return s->since > s->doubt;
}

/* What a run that began at 100 s on BOOT, and synced until then, wrote. */
static struct journal_state earlier(int64_t until)
{
	struct journal_state s;
	assert_false(journal_parse(NULL, 0, &s));
	journal_begin_state(&s, false, 100 * SECOND, BOOT);
	s.until = until;
	return s;
}

static void without_a_journal_all_is_trusted(void **state)
{
	(void)state;
	struct journal_state s;
	assert_false(journal_parse(NULL, 0, &s));
	journal_begin_state(&s, false, 100 * SECOND, BOOT);
	assert_true(is_trusted(&s));
	assert_int_equal(s.until, 100 * SECOND);
	assert_int_equal(s.instance, BOOT);
	assert_false(journal_is_suspect(&s, 0));
	assert_false(journal_is_suspect(&s, 100 * SECOND));
	assert_false(journal_is_suspect(&s, INT64_MAX));
}

static void what_was_packed_parses(void **state)
{
	(void)state;
	struct journal_state s = { .until = -5, .instance = UINT64_MAX, .since = 1, .doubt = INT64_MAX }, got;
	uint8_t record[JOURNAL_RECORD];
	journal_pack(record, &s);
	assert_true(journal_parse(record, sizeof record, &got));
	assert_memory_equal(&got, &s, sizeof s);
}

static void after_kill_nothing_is_suspect_and_nothing_more_is_durable(void **state)
{
	(void)state;
	struct journal_state s = earlier(130 * SECOND);
	journal_begin_state(&s, true, 500 * SECOND, BOOT);
	assert_true(is_trusted(&s));
	assert_int_equal(s.until, 130 * SECOND);
}

static void after_a_crash_what_changed_since_the_last_sync_is_suspect(void **state)
{
	(void)state;
	struct journal_state s = earlier(130 * SECOND);
	journal_begin_state(&s, true, 500 * SECOND, OTHER);
	assert_false(journal_is_suspect(&s, 130 * SECOND - JOURNAL_SLACK - 1));
	assert_true(journal_is_suspect(&s, 130 * SECOND - JOURNAL_SLACK));
	assert_true(journal_is_suspect(&s, 130 * SECOND));
	assert_true(journal_is_suspect(&s, 500 * SECOND));
	assert_false(journal_is_suspect(&s, 500 * SECOND + 1)); /* this run's own */
	assert_int_equal(s.until, 500 * SECOND);
	assert_int_equal(s.instance, OTHER);
}

static void suspicion_survives_a_run_that_did_not_look_at_all(void **state)
{
	(void)state;
	struct journal_state s = earlier(130 * SECOND);
	journal_begin_state(&s, true, 500 * SECOND, OTHER);
	s.until = 600 * SECOND;
	journal_begin_state(&s, true, 900 * SECOND, OTHER); /* killed, and again */
	assert_true(journal_is_suspect(&s, 200 * SECOND));
	assert_false(journal_is_suspect(&s, 550 * SECOND));
	journal_begin_state(&s, true, 1000 * SECOND, BOOT); /* and another crash */
	assert_true(journal_is_suspect(&s, 200 * SECOND));
	assert_true(journal_is_suspect(&s, 650 * SECOND));
	assert_true(journal_is_suspect(&s, 1000 * SECOND));
}

static void an_unknown_instance_counts_as_gone_down(void **state)
{
	(void)state;
	struct journal_state s = earlier(130 * SECOND);
	journal_begin_state(&s, true, 500 * SECOND, 0);
	assert_true(journal_is_suspect(&s, 200 * SECOND));
	s = earlier(130 * SECOND);
	s.instance = 0;
	journal_begin_state(&s, true, 500 * SECOND, 0);
	assert_true(journal_is_suspect(&s, 200 * SECOND));
}

static void a_clock_that_was_set_back_makes_all_suspect_after_a_crash(void **state)
{
	(void)state;
	struct journal_state s = earlier(130 * SECOND);
	journal_begin_state(&s, true, 120 * SECOND, OTHER);
	assert_true(journal_is_suspect(&s, 0));
	assert_true(journal_is_suspect(&s, 120 * SECOND));
	/* and without one later changes count from the earlier moment */
	s = earlier(130 * SECOND);
	journal_begin_state(&s, true, 120 * SECOND, BOOT);
	assert_true(is_trusted(&s));
	assert_int_equal(s.until, 120 * SECOND);
}

static void a_failed_sync_makes_suspect_what_it_was_for(void **state)
{
	(void)state;
	struct journal_state s = earlier(130 * SECOND);
	journal_distrust(&s, 140 * SECOND);
	journal_begin_state(&s, true, 500 * SECOND, BOOT);
	assert_true(journal_is_suspect(&s, 135 * SECOND));
	assert_false(journal_is_suspect(&s, 120 * SECOND));
}

/* Two records, the second of which says less: the journal and its torn ends. */
static void a_torn_end_is_never_believed_more(void **state)
{
	(void)state;
	uint8_t data[2 * JOURNAL_RECORD];
	struct journal_state first = earlier(130 * SECOND), second = earlier(160 * SECOND), got;
	journal_pack(data, &first);
	journal_pack(data + JOURNAL_RECORD, &second);
	for (size_t len = 1; len <= sizeof data; len++) {
		assert_true(journal_parse(data, len, &got));
		bool whole = len % JOURNAL_RECORD == 0;
		assert_int_equal(got.instance, whole ? BOOT : 0);
		assert_int_equal(got.until, len == sizeof data	    ? 160 * SECOND
					    : len >= JOURNAL_RECORD ? 130 * SECOND
								    : INT64_MIN);
		journal_begin_state(&got, true, 500 * SECOND, BOOT);
		assert_int_equal(journal_is_suspect(&got, 200 * SECOND), !whole);
	}
}

static void every_flipped_bit_is_seen(void **state)
{
	(void)state;
	uint8_t data[2 * JOURNAL_RECORD];
	struct journal_state first = earlier(130 * SECOND), second = earlier(160 * SECOND), got;
	journal_pack(data, &first);
	journal_pack(data + JOURNAL_RECORD, &second);
	for (size_t bit = 8 * JOURNAL_RECORD; bit < 8 * sizeof data; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(journal_parse(data, sizeof data, &got));
		assert_int_equal(got.until, 130 * SECOND);
		assert_int_equal(got.instance, 0);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void garbage_makes_all_suspect(void **state)
{
	(void)state;
	uint8_t data[5 * JOURNAL_RECORD + 3];
	struct journal_state got;
	for (int fill = 0; fill < 256; fill += 85) {
		memset(data, fill, sizeof data);
		assert_true(journal_parse(data, sizeof data, &got));
		journal_begin_state(&got, true, 500 * SECOND, BOOT);
		assert_true(journal_is_suspect(&got, INT64_MIN));
		assert_true(journal_is_suspect(&got, 0));
		assert_true(journal_is_suspect(&got, 500 * SECOND));
	}
}

#define ON(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(without_a_journal_all_is_trusted),
		ON(what_was_packed_parses),
		ON(after_kill_nothing_is_suspect_and_nothing_more_is_durable),
		ON(after_a_crash_what_changed_since_the_last_sync_is_suspect),
		ON(suspicion_survives_a_run_that_did_not_look_at_all),
		ON(an_unknown_instance_counts_as_gone_down),
		ON(a_clock_that_was_set_back_makes_all_suspect_after_a_crash),
		ON(a_failed_sync_makes_suspect_what_it_was_for),
		ON(a_torn_end_is_never_believed_more),
		ON(every_flipped_bit_is_seen),
		ON(garbage_makes_all_suspect),
	};
	return cmocka_run_group_tests_name("journal_record", tests, NULL, NULL);
}
