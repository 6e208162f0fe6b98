/* The report in all its forms: report_text.c and report_event.c, as output_report brings them out. */
#include "xfer/cli/output.h"

#include "tests/unit/cli/output_desk.h"

/* Writes the report in each way that the options allow; what stands in the streams is left for the caller. */
static void report(struct desk *d, const char *verb, const struct report *r)
{
	struct output *out = start(d, verb);
	int rc = output_report(out, r);
	finish(d);
	assert_int_equal(rc, 0);
	assert_clean(d);
	if (getenv("SHOW"))
		fputs(d->text[OUT], stderr);
	for (int i = 0; i < STREAMS; i++)
		assert_int_equal(ftruncate(d->fd[i], 0), 0);
}

static void a_good_report_is_short_and_says_what_was_proven(void **state)
{
	struct desk *d = *state;
	struct report r = good_report();
	report(d, "sync", &r);
	const char *ok = "OK: 77,591 items, nothing missing\n";
	assert_memory_equal(d->text[OUT], ok, strlen(ok));
	assert_in_range(count(d->text[OUT], "\n"), 6, 10);
	assert_has(d->text[OUT], "1,204 copied, 17 updated, 3 deleted, 76,370 unchanged\n");
	assert_lacks(d->text[OUT], "renamed");
	assert_has(d->text[OUT],
		   "4,711,222,333 bytes at the source; 12,345,678 read, 9,876,543 sent, 0 received");
	assert_has(d->text[OUT], "12.3 s, 1,000,054 bytes/s\n");
	assert_has(d->text[OUT], "  proven    1,204 files hashed where read and where written\n"
				 "            76,000 files taken as unchanged by size and time (--checksum");
	assert_has(d->text[OUT], "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5, equal on both sides\n");
	assert_has(d->text[OUT], "io uring to plain");
	assert_has(d->text[LOG], "] OK: 77,591 items, nothing missing\n");

	d->o.human = d->o.stats = true;
	report(d, "sync", &r);
	assert_has(d->text[OUT],
		   "4.71GB at the source; 12.34MB read, 9.87MB sent, 0 bytes received, 12.34MB written");
	assert_has(d->text[OUT], "(connect 0.25 s, transfer 11.0 s,");
}

static void each_bad_end_explains_itself(void **state)
{
	struct desk *d = *state;
	struct report r = good_report();
	r.exit = EXIT_PARTIAL;
	r.items.failed = 3;
	r.items.vanished = 1;
	report(d, "sync", &r);
	assert_has(d->text[OUT], "FAILED (23): 3 of 77,591 items could not be copied, listed above\n");
	assert_has(d->text[OUT], "1 of the failed vanished at the source\n");

	r.exit = EXIT_INTERRUPTED;
	snprintf(r.reason, sizeof r.reason, "signal %s", EVIL);
	r.peer_digest[0] = 0;
	report(d, "sync", &r);
	assert_has(d->text[OUT], "STOPPED (20): interrupted; the same command");
	assert_has(d->text[OUT], "  because   signal " EVIL_SHOWN "\n");
	assert_has(d->text[OUT], "00a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 at the destination: DIFFERENT\n");

	r.exit = EXIT_DELETE_LIMIT;
	report(d, "sync", &r);
	assert_has(d->text[OUT], "INCOMPLETE (25): ");
	for (r.exit = 1; r.exit < 50; r.exit++) {
		report(d, "sync", &r);
		assert_in_range(strcspn(d->text[OUT], "\n"), 20, 120);
	}
	d->o.quiet = true;
	r.exit = EXIT_TIMEOUT;
	report(d, "sync", &r);
	assert_string_equal(d->text[OUT], "");
	assert_has(d->text[ERR], "(30)\n");
}

static void verification_says_equal_or_different(void **state)
{
	struct desk *d = *state;
	struct report r = good_report();
	d->o.dry_run = r.dry_run = true; /* as args_parse leaves it */
	r.items = (struct items){ .total = 5, .unchanged = 5 };
	report(d, "verify", &r);
	assert_has(d->text[OUT], "EQUAL: 5 items\n");
	assert_lacks(d->text[OUT], "dry run");
	r.items = (struct items){ .total = 1234, .copied = 1, .updated = 1, .deleted = 1, .unchanged = 1232 };
	r.exit = EXIT_DIFFERENT;
	report(d, "verify", &r);
	assert_has(d->text[OUT], "DIFFERENT (40): 3 differences among 1,234 items\n");
	assert_has(d->text[OUT],
		   "1 missing at the destination, 1 different, 1 only at the destination, 1,232 equal\n");
}

static void a_dry_run_says_so(void **state)
{
	struct desk *d = *state;
	struct report r = good_report();
	d->o.dry_run = r.dry_run = true;
	report(d, "sync", &r);
	assert_has(d->text[OUT], "DRY RUN: nothing was changed; of 77,591 items, 1,224 would be\n");
	assert_lacks(d->text[OUT], "digest");
	r.exit = EXIT_PARTIAL;
	report(d, "sync", &r);
	assert_has(d->text[OUT], "this was a dry run: nothing was changed\n");
}

static void the_report_event_holds_everything(void **state)
{
	struct desk *d = *state;
	struct report r = good_report();
	d->o.json = true;
	report(d, "sync", &r);
	assert_int_equal(count(d->text[OUT], "\n"), 1);
	assert_has(d->text[OUT], "\"ok\":true,\"exit\":0,");
	assert_has(d->text[OUT],
		   "\"items\":{\"total\":77591,\"copied\":1204,\"updated\":17,\"renamed\":0,\"deleted\":3,"
		   "\"unchanged\":76370,\"failed\":0,\"vanished\":0,\"skipped\":0}");
	assert_has(d->text[OUT],
		   "\"bytes\":{\"total\":4711222333,\"read\":12345678,\"sent\":9876543,\"received\":0,");
	assert_has(
		d->text[OUT],
		"\"seconds\":{\"connect\":0.25,\"transfer\":11,\"finish\":0,\"verify\":0,\"total\":12.345}");
	assert_has(d->text[OUT], "\"digest\":\"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5\",");
	assert_has(d->text[OUT], "\"proof\":\"metadata\",");
	assert_has(d->text[OUT], "\"failures\":[],\"failures_total\":0}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(a_good_report_is_short_and_says_what_was_proven),
		DESK(each_bad_end_explains_itself),
		DESK(verification_says_equal_or_different),
		DESK(a_dry_run_says_so),
		DESK(the_report_event_holds_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
