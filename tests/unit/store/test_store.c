#include "scheduler/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "xfer/base/buf.h"

static char folder[64], path[128];
static const struct store_actor client = { "client anna", "", 1000 };

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "%s/store.XXXXXX", getenv("TEST_TMP") ? getenv("TEST_TMP") : "/tmp");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state.db", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[160];
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
	return 0;
}

static struct store *create(void)
{
	struct store *s = NULL;
	struct err err = { 0 };
	if (store_open(&s, path, true, &err))
		fail_msg("%s", err.text);
	return s;
}

static struct store *reopen(struct store *s)
{
	store_close(s);
	assert_int_equal(store_open(&s, path, false, NULL), 0);
	return s;
}

static struct store_campaign campaign_of(const char *name)
{
	struct store_campaign c = { .server = "vps17",
				    .configuration = "large",
				    .zone = "Europe/Paris",
				    .state = CAMPAIGN_PREPARING,
				    .month_cents = 4990 };
	snprintf(c.name, sizeof c.name, "%s", name);
	return c;
}

static struct store_account account_of(int64_t campaign, const char *name)
{
	struct store_account a = { .campaign = campaign,
				   .state = ACCOUNT_READY,
				   .bytes = { 5, INT64_C(3) << 40 },
				   .precopy_s = -1,
				   .precopy_scan_s = 0.25 };
	snprintf(a.name, sizeof a.name, "%s", name);
	return a;
}

static struct store_cutover cutover_of(int64_t account)
{
	return (struct store_cutover){
		.account = account, .from = "vps17", .to = "transit3", .planned = 2000, .window_s = 90
	};
}

/* One campaign with an account. */
static void fill(struct store *s, struct store_campaign *c, struct store_account *a)
{
	*c = campaign_of("anna");
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_add_campaign(s, c, NULL), 0);
	*a = account_of(c->id, "shop");
	assert_int_equal(store_add_account(s, a, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
}

static void what_was_committed_is_there_after_a_restart(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_campaign c, c2;
	struct store_account a, a2;
	fill(s, &c, &a);
	s = reopen(s);
	assert_int_equal(store_find_campaign(s, &c2, "anna", NULL), 0);
	assert_memory_equal(&c, &c2, sizeof c);
	assert_int_equal(store_find_account(s, &a2, c.id, "shop", NULL), 0);
	assert_memory_equal(&a, &a2, sizeof a);
}

static void what_was_not_committed_is_not(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_campaign c, c2 = campaign_of("bert");
	struct store_account a;
	fill(s, &c, &a);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_add_campaign(s, &c2, NULL), 0);
	store_abort(s);
	assert_int_equal(store_find_campaign(s, &c2, "bert", NULL), -ENOENT);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_add_campaign(s, &c2, NULL), 0);
	s = reopen(s);
	struct err err = { 0 };
	assert_int_equal(store_find_campaign(s, &c2, "bert", &err), -ENOENT);
	assert_string_equal(err.text, "there is no campaign bert");
}

static void a_program_that_is_killed_leaves_all_of_a_transaction_or_nothing(void **state)
{
	(void)state;
	store_close(create());
	for (int committed = 0; committed < 2; committed++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			struct store *s;
			struct store_campaign c = campaign_of(committed ? "kept" : "lost");
			if (store_open(&s, path, false, NULL) || store_begin(s, &client, NULL) ||
			    store_add_campaign(s, &c, NULL) || (committed && store_commit(s, NULL)))
				_exit(1);
			raise(SIGKILL);
		}
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
	}
	AUTO(store_closep) struct store *s;
	struct store_campaign c;
	assert_int_equal(store_open(&s, path, false, NULL), 0);
	assert_int_equal(store_find_campaign(s, &c, "lost", NULL), -ENOENT);
	assert_int_equal(store_find_campaign(s, &c, "kept", NULL), 0);
}

static void a_state_is_changed_from_what_it_was_known_to_be(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_campaign c;
	struct store_account a;
	fill(s, &c, &a);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	struct store_campaign other = c; /* as somebody else knows it */
	c.state = CAMPAIGN_REQUESTED;
	assert_int_equal(store_set_campaign(s, &c, NULL), 0);
	/* what it knows now may be changed again, be it the same state */
	c.month_cents = 1;
	assert_int_equal(store_set_campaign(s, &c, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	other.state = CAMPAIGN_CANCELLED;
	assert_int_equal(store_set_campaign(s, &other, NULL), -ESTALE);
	/* and nothing of a transaction of which a part has failed is kept */
	assert_int_equal(store_set_campaign(s, &c, NULL), -EIO);
	assert_int_equal(store_commit(s, NULL), -EIO);
	assert_int_equal(store_find_campaign(s, &c, "anna", NULL), 0);
	assert_int_equal(c.state, CAMPAIGN_REQUESTED);
}

static void two_buttons_at_once_are_one_cutover(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_campaign c;
	struct store_account a;
	struct err err = { 0 };
	fill(s, &c, &a);
	struct store_cutover one = cutover_of(a.id), two = one, found;
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_find_cutover(s, &found, a.id, NULL), -ENOENT);
	assert_int_equal(store_add_cutover(s, &one, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_add_cutover(s, &two, &err), -EEXIST);
	assert_string_equal(err.text, "the account has a cutover already that has not ended");
	store_abort(s);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_find_cutover(s, &found, a.id, NULL), 0);
	assert_memory_equal(&found, &one, sizeof one);
	/* when it has ended there may be another; and the first one counts */
	int64_t outage;
	assert_int_equal(store_first_outage(s, a.id, &outage, NULL), -ENOENT);
	one.state = CUTOVER_DONE;
	one.started = 2000;
	one.ended = 2030;
	assert_int_equal(store_set_cutover(s, &one, NULL), 0);
	two.started = 3000;
	two.ended = 3002;
	two.state = CUTOVER_DONE;
	assert_int_equal(store_add_cutover(s, &two, NULL), 0);
	assert_int_equal(store_first_outage(s, a.id, &outage, NULL), 0);
	assert_int_equal(outage, 30);
	assert_int_equal(store_commit(s, NULL), 0);
}

static int count_audit(void *arg, const struct store_audit *a)
{
	char *text = arg;
	size_t n = strlen(text);
	snprintf(text + n, 1024 - n, "%lld %s: %s %s%s%s%s%s\n", (long long)a->at, a->who, a->what,
		 a->subject, a->detail[0] ? ", " : "", a->detail, a->why[0] ? ": " : "", a->why);
	return 0;
}

static void every_change_is_in_the_audit_log_which_cannot_be_changed(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_campaign c;
	struct store_account a;
	fill(s, &c, &a);
	struct store_transit t = { .name = "transit3", .configuration = "large", .expected = -1 };
	static const struct store_actor support = { "support", "the client's call at noon", 2000 };
	assert_int_equal(store_begin(s, &support, NULL), 0);
	assert_int_equal(store_add_transit(s, &t, NULL), 0);
	t.campaign = c.id;
	assert_int_equal(store_set_transit(s, &t, NULL), 0);
	a.state = ACCOUNT_PREPARING;
	assert_int_equal(store_set_account(s, &a, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
	assert_int_equal(store_begin(s, &support, NULL), 0);
	c.state = CAMPAIGN_CANCELLED;
	assert_int_equal(store_set_campaign(s, &c, NULL), 0);
	store_abort(s); /* it did not happen, so it is not in there */
	char text[1024] = "";
	assert_int_equal(store_each_audit(s, count_audit, text, NULL), 0);
	assert_string_equal(
		text,
		"1000 client anna: campaign added anna\n"
		"1000 client anna: account added anna/shop, bytes 5 3298534883328, copied ahead in -1.000 s\n"
		"2000 support: transit added transit3: the client's call at noon\n"
		"2000 support: transit taken transit3: the client's call at noon\n"
		"2000 support: account preparing anna/shop, bytes 5 3298534883328, copied ahead in -1.000 s: the client's call at noon\n");
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "DELETE FROM audit", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "UPDATE audit SET who = 'nobody'", NULL, NULL, NULL),
			     SQLITE_OK);
	sqlite3_close(db);
}

static void samples_are_a_pairs_in_both_directions_the_newest_first(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	const struct store_cutover there = cutover_of(1), back = { .from = "transit3", .to = "vps17" },
				   other = { .from = "vps17", .to = "transit9" };
	for (int i = 0; i < 5; i++) {
		struct store_actor then = { "scheduler", "", 100 + i };
		assert_int_equal(store_begin(s, &then, NULL), 0);
		assert_int_equal(store_add_sample(s, SAMPLE_RATE, i % 2 ? &there : &back, i, 0, NULL), 0);
		assert_int_equal(store_add_sample(s, SAMPLE_RATE, &other, 77, 0, NULL), 0);
		assert_int_equal(store_add_sample(s, SAMPLE_THAW, &there, 99, 0, NULL), 0);
		assert_int_equal(store_commit(s, NULL), 0);
	}
	double out[3];
	size_t count;
	assert_int_equal(store_samples(s, SAMPLE_RATE, &there, out, 3, &count, NULL), 0);
	assert_int_equal(count, 3);
	assert_true(out[0] == 4 && out[1] == 3 && out[2] == 2);
	assert_int_equal(store_samples(s, SAMPLE_SWITCH, &there, out, 3, &count, NULL), 0);
	assert_int_equal(count, 0);
}

/* What the first version's file had, with an account in it. */
static void a_file_of_an_older_version_is_brought_up(void **state)
{
	(void)state;
	struct store_account a = { .bytes = { 1, 2 } }, found = { 0 };
	struct store_campaign c = { .name = "anna" };
	struct store *s = create();
	sqlite3 *db;
	memcpy(a.name, "shop", 5);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_add_campaign(s, &c, NULL), 0);
	a.campaign = c.id;
	assert_int_equal(store_add_account(s, &a, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
	store_close(s);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE account DROP COLUMN resynced; PRAGMA user_version = 1",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	for (int i = 0; i < 2; i++) { /* the second time there is nothing to bring up */
		assert_int_equal(store_open(&s, path, false, NULL), 0);
		assert_int_equal(store_find_account(s, &found, c.id, "shop", NULL), 0);
		assert_int_equal(found.bytes[1], 2);
		assert_string_equal(found.resynced, "");
		store_close(s);
	}
}

static void a_file_that_is_none_of_ours_is_left_alone(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct store *s;
	assert_int_equal(store_open(&s, path, false, &err), -ENOENT);
	assert_non_null(strstr(err.text, path));
	store_close(create());
	assert_int_equal(store_open(&s, path, true, &err), -EEXIST);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_open(&s, path, false, &err), -EPROTO);
	assert_non_null(strstr(err.text, "newer"));
	assert_int_equal(sqlite3_exec(db, "PRAGMA application_id = 7", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_open(&s, path, false, &err), -EINVAL);
	sqlite3_close(db);
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "not a database at all, but long enough to be taken for one", 50), 50);
	close(fd);
	assert_int_equal(store_open(&s, path, false, &err), -EIO);
}

static void a_file_that_was_taken_away_is_noticed_before_anything_is_written_to_it(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct err err = { 0 };
	char away[160];
	snprintf(away, sizeof away, "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(store_begin(s, &client, &err), -EIO);
	assert_int_equal(rename(away, path), 0);
	/* it is back */
	assert_int_equal(store_begin(s, &client, &err), 0);
	store_abort(s);
}

static void two_campaigns_do_not_get_one_transit_server(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_transit t = { .name = "t3", .configuration = "large" }, other, second = { .name = "t4" };
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_add_transit(s, &t, NULL), 0);
	assert_int_equal(store_add_transit(s, &second, NULL), 0);
	other = t;
	t.campaign = 1;
	assert_int_equal(store_set_transit(s, &t, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	other.campaign = 2;
	assert_int_equal(store_set_transit(s, &other, NULL), -ESTALE);
	store_abort(s);
	/* nor one campaign two of them */
	assert_int_equal(store_begin(s, &client, NULL), 0);
	second.campaign = 1;
	assert_int_equal(store_set_transit(s, &second, NULL), -EEXIST);
	store_abort(s);
}

static void a_word_too_many_is_refused_before_it_makes_the_log_unreadable(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	char why[STORE_TEXT + 1];
	memset(why, 'x', STORE_TEXT);
	why[STORE_TEXT] = '\0';
	struct store_actor long_winded = { "support", why, 1 };
	assert_int_equal(store_begin(s, &long_winded, NULL), -EINVAL);
	why[STORE_TEXT - 1] = '\0';
	assert_int_equal(store_begin(s, &long_winded, NULL), 0);
	struct store_campaign c = campaign_of("anna");
	assert_int_equal(store_add_campaign(s, &c, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
	char text[2048] = "";
	assert_int_equal(store_each_audit(s, count_audit, text, NULL), 0);
}

static void a_row_that_holds_nonsense_is_named_and_not_believed(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_campaign c;
	struct store_account a;
	struct err err = { 0 };
	fill(s, &c, &a);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE campaign SET state = 'nirvana'", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_find_campaign(s, &c, "anna", &err), -EIO);
	assert_string_equal(err.text, "store: campaign 1: the column state holds nothing that belongs there");
}

static void a_disk_that_takes_no_more_takes_back_the_transaction(void **state)
{
	(void)state;
	AUTO(store_closep) struct store *s = create();
	struct store_campaign c;
	struct store_account a;
	fill(s, &c, &a);
	struct rlimit before, little = { 256 << 10, 256 << 10 };
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	int status = 0, committed = 0;
	for (; !status && committed < 1000; committed += !status) {
		struct err err = { 0 };
		char name[32];
		snprintf(name, sizeof name, "account%d", committed);
		a = account_of(c.id, name);
		status = store_begin(s, &client, &err);
		if (!status)
			status = store_add_account(s, &a, &err);
		if (!status)
			status = store_commit(s, &err);
		assert_true(!status || err.text[0]);
		store_abort(s);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(status < 0 && committed > 0);
	/* what was said to be there is, and the one that failed is not; with room again it goes on */
	s = reopen(s);
	char name[32];
	snprintf(name, sizeof name, "account%d", committed - 1);
	assert_int_equal(store_find_account(s, &a, c.id, name, NULL), 0);
	snprintf(name, sizeof name, "account%d", committed);
	assert_int_equal(store_find_account(s, &a, c.id, name, NULL), -ENOENT);
	a = account_of(c.id, name);
	assert_int_equal(store_begin(s, &client, NULL), 0);
	assert_int_equal(store_add_account(s, &a, NULL), 0);
	assert_int_equal(store_commit(s, NULL), 0);
}

int main(void)
{
#define STORE_TEST(x) cmocka_unit_test_setup_teardown(x, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		STORE_TEST(what_was_committed_is_there_after_a_restart),
		STORE_TEST(what_was_not_committed_is_not),
		STORE_TEST(a_program_that_is_killed_leaves_all_of_a_transaction_or_nothing),
		STORE_TEST(a_state_is_changed_from_what_it_was_known_to_be),
		STORE_TEST(two_buttons_at_once_are_one_cutover),
		STORE_TEST(every_change_is_in_the_audit_log_which_cannot_be_changed),
		STORE_TEST(samples_are_a_pairs_in_both_directions_the_newest_first),
		STORE_TEST(a_file_of_an_older_version_is_brought_up),
		STORE_TEST(a_file_that_is_none_of_ours_is_left_alone),
		STORE_TEST(a_file_that_was_taken_away_is_noticed_before_anything_is_written_to_it),
		STORE_TEST(two_campaigns_do_not_get_one_transit_server),
		STORE_TEST(a_word_too_many_is_refused_before_it_makes_the_log_unreadable),
		STORE_TEST(a_row_that_holds_nonsense_is_named_and_not_believed),
		STORE_TEST(a_disk_that_takes_no_more_takes_back_the_transaction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
