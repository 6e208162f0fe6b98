/* desk_kit.h - a desk over a real store, on a clock of the test's own, for the tests of this folder. After each change the store is
 * closed and opened again: whatever is killed there, this is what is found. */
#pragma once
#include "scheduler/desk/desk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "scheduler/model/bill.h"
#include "scheduler/model/pool.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static char folder[64], path[128];
static struct site site;
static struct desk desk;

/* "2026-03-27 01:30" in UTC */
static inline int64_t utc(const char *text)
{
	struct tm tm = { 0 };
	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return timegm(&tm);
}

static inline void at(const char *text)
{
	desk.actor.at = utc(text);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "%s/desk.XXXXXX", getenv("TEST_TMP") ? getenv("TEST_TMP") : "/tmp");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state.db", folder);
	assert_int_equal(site_init(&site, NULL), 0);
	desk = (struct desk){ .site = &site, .actor = { "support", "", 0 } };
	assert_int_equal(store_open(&desk.store, path, true, NULL), 0);
	at("2026-03-23 08:00"); /* a Monday */
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	char name[160];
	store_close(desk.store);
	site_fini(&site);
	snprintf(name, sizeof name, "%s-wal", path);
	unlink(name);
	snprintf(name, sizeof name, "%s-shm", path);
	unlink(name);
	unlink(path);
	rmdir(folder);
	return 0;
}

static inline void restart(void)
{
	store_close(desk.store);
	assert_int_equal(store_open(&desk.store, path, false, NULL), 0);
}

#define DONE(call)                                \
	do {                                      \
		struct err err = { 0 };           \
		if (call)                         \
			fail_msg("%s", err.text); \
		restart();                        \
	} while (0)

/* It is refused with this code, and this is in the text; and nothing has changed. */
#define REFUSED(code, wanted, call)                                               \
	do {                                                                      \
		struct err err = { 0 };                                           \
		assert_int_equal(call, code);                                     \
		if (!strstr(err.text, wanted))                                    \
			fail_msg("\"%s\" does not say \"%s\"", err.text, wanted); \
	} while (0)

static inline struct store_campaign campaign(const char *name)
{
	struct store_campaign c = { 0 };
	assert_int_equal(store_find_campaign(desk.store, &c, name, NULL), 0);
	return c;
}

static inline enum account_state state_of(const char *account)
{
	struct store_account a = { 0 };
	assert_int_equal(store_find_account(desk.store, &a, campaign("anna").id, account, NULL), 0);
	return a.state;
}

static inline struct desk_account who(const char *account)
{
	return (struct desk_account){ "anna", account };
}

static inline void add_server(const char *name)
{
	struct store_server v = { .root = "/" };
	snprintf(v.name, sizeof v.name, "%s", name);
	DONE(desk_add_server(&desk, &v, &err));
}

static inline void add_campaign(const char *name)
{
	struct store_campaign c = { .configuration = "large", .zone = "Europe/Paris", .month_cents = 3100 };
	snprintf(c.name, sizeof c.name, "%s", name);
	snprintf(c.server, sizeof c.server, "vps-%s", name);
	add_server(c.server);
	DONE(desk_add_campaign(&desk, &c, &err));
}

static inline void add_account(const char *name)
{
	struct store_account a = { .bytes = { -1, -1 }, .precopy_s = -1 };
	snprintf(a.name, sizeof a.name, "%s", name);
	DONE(desk_add_account(&desk, "anna", &a, &err));
}

static inline void measure(const char *name, int64_t mariadb)
{
	struct store_account a = { .bytes = { mariadb, 0 }, .precopy_s = 20, .precopy_scan_s = 5 };
	struct desk_account w = who(name);
	DONE(desk_measured(&desk, &w, &a, &err));
}

static inline void event(enum campaign_event on)
{
	DONE(desk_campaign(&desk, "anna", on, NULL, &err));
}

static inline void account_event(const char *name, enum account_event on)
{
	struct desk_account w = who(name);
	DONE(desk_account(&desk, &w, on, &err));
}

static inline struct store_cutover plan(const char *name, struct desk_wish wish)
{
	struct store_cutover c = { 0 };
	struct desk_account w = who(name);
	if (!wish.at)
		wish.at = desk.actor.at;
	DONE(desk_request(&desk, &w, &wish, &c, &err));
	return c;
}

static inline struct store_cutover cut(const char *name, enum cutover_event on, const char *cause)
{
	struct store_cutover c = { 0 };
	struct desk_account w = who(name);
	desk.actor.at += 7; /* each step takes a while */
	struct desk_outcome how = { .cause = cause };
	DONE(on == CUT_START ? desk_start(&desk, &w, "boot", 5, &c, &err)
			     : desk_cutover(&desk, &w, on, &how, &c, &err));
	return c;
}

/* Up to step 4, with these accounts. */
static inline void bring_out(size_t count, const char *const names[])
{
	add_campaign("anna");
	struct store_transit t = { .name = "transit3", .configuration = "large", .expected = -1 };
	add_server(t.name);
	DONE(desk_add_transit(&desk, &t, &err));
	for (size_t i = 0; i < count; i++) {
		add_account(names[i]);
		account_event(names[i], ACC_READY);
	}
	event(CAMP_REQUEST);
	event(CAMP_OK);
	event(CAMP_ASK_TRANSIT);
	size_t given;
	DONE(desk_assign(&desk, &given, &err));
	assert_int_equal(given, 1);
	event(CAMP_OK);
	event(CAMP_OK);
	assert_int_equal(campaign("anna").state, CAMPAIGN_OUT);
}

static const char *const three[] = { "blog", "shop", "wiki" };
