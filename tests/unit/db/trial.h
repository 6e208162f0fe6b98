/* trial.h - one run from the toy's server a to its server b, and what an observer saw of it. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dbdump/copy.h"
#include "dbdump/verify.h"
#include "tests/unit/db/toy.h"
#include "xfer/base/exit.h"

/* What an observer saw. */
struct seen {
	unsigned progress, warnings, failures, connected;
	struct progress last;
	int quit;
	bool quit_at_once;
};

static void see_progress(void *ctx, const struct progress *p)
{
	struct seen *s = ctx;
	s->progress++;
	if (s->last.phase && strcmp(s->last.phase, p->phase) == 0) {
		assert_true(p->done_bytes >= s->last.done_bytes);
		assert_true(p->total_bytes >= s->last.total_bytes);
		assert_true(p->done_items >= s->last.done_items);
	}
	assert_true(p->done_bytes <= p->total_bytes);
	assert_true(p->done_items <= p->total_items);
	s->last = *p;
}

static void see_warning(void *ctx, const char *text)
{
	(void)text;
	((struct seen *)ctx)->warnings++;
}

static void see_failure(void *ctx, const struct failure *f)
{
	(void)f;
	((struct seen *)ctx)->failures++;
}

static void see_connected(void *ctx, bool source, const struct server_info *info, const struct snapshot *s)
{
	assert_string_equal(info->version, "toy 1");
	assert_true(!source || s);
	((struct seen *)ctx)->connected++;
}

/* One run, from "toy a" to "toy b". */
struct trial {
	struct engine engine;
	struct options options;
	struct report report;
	struct seen seen;
	const char *from, *to;
};

static inline void trial_init(struct trial *t)
{
	toy_reset();
	*t = (struct trial){ .engine = toy_engine, .from = "mysql://a/", .to = "mysql://b/" };
	t->options.jobs = 2;
}

static inline int run(struct trial *t, bool copies)
{
	struct uri from, to;
	struct err err;
	report_fini(&t->report);
	assert_int_equal(uri_parse(&from, t->from, &err), 0);
	assert_int_equal(uri_parse(&to, t->to, &err), 0);
	const struct observer observer = { .progress = see_progress,
					   .warn = see_warning,
					   .failure = see_failure,
					   .connected = see_connected,
					   .ctx = &t->seen,
					   .quit = &t->seen.quit };
	const struct run_job job = { .engine = &t->engine,
				     .uris = { &from, &to },
				     .options = &t->options,
				     .observer = &observer,
				     .again = t->engine.undo };
	int status = copies ? copy_run(&t->report, &job) : verify_run(&t->report, &job);
	assert_int_equal(status, t->report.status);
	assert_int_equal(t->report.failure_count, t->seen.failures);
	assert_int_equal(toy_servers[0].opened, toy_servers[0].closed);
	assert_int_equal(toy_servers[1].opened, toy_servers[1].closed);
	uri_fini(&from);
	uri_fini(&to);
	return status;
}

static inline int copy(struct trial *t)
{
	return run(t, true);
}

static inline void trial_fini(struct trial *t)
{
	report_fini(&t->report);
	strings_fini(&t->options.renames);
	strings_fini(&t->options.only_tables);
	strings_fini(&t->options.exclude_tables);
	toy_reset();
}

static inline struct table_report *table_of(struct trial *t, const char *name)
{
	for (size_t i = 0; i < t->report.table_count; i++)
		if (strcmp(t->report.tables[i].name, name) == 0)
			return &t->report.tables[i];
	fail_msg("no table %s in the report", name);
	return NULL;
}

static inline size_t when(const char *what)
{
	for (size_t i = 0; i < toy_log.count; i++)
		if (strcmp(toy_log.at[i], what) == 0)
			return i;
	fail_msg("never: %s", what);
	return 0;
}

/* A shop: a large table in many parts, small ones, indexes, a view. */
static inline void make_shop(void)
{
	struct toy_server *a = &toy_servers[0];
	toy_add(a, "shop", "orders", 20000)->data_bytes = UINT64_C(200) << 20;
	toy_add(a, "shop", "items", 3000);
	toy_add(a, "shop", "empty", 0);
	toy_object(a, "index", "shop.orders.by_date", "as it is");
	toy_object(a, "index", "shop.items.by_name", "as it is");
	toy_object(a, "index", "shop.items.by_price", "as it is");
	toy_object(a, "view", "shop.recent", "as it is");
	toy_object(a, "sequence", "shop.numbers", "as it is");
}
