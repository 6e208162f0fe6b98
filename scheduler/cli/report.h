/* report.h - what became of a campaign, cutover by cutover, in three formats. A pen writes one of them; who reads the store (cmd_report.c)
 * knows none. Everything given is borrowed for the call. */
#pragma once
#include "scheduler/cli/session.h"

struct report_account {
	const struct store_campaign *campaign;
	const struct store_account *account;
};

struct report_totals {
	const char *campaign; /* NULL: of all */
	size_t accounts, done, rolled_back, cancelled, unfinished;
	size_t late; /* of those that ended, longer than was promised */
	int64_t down_s, longest_s;
	char longest[2 * STORE_NAME]; /* whose that was */
};

struct report_pen {
	void (*campaign)(struct tell *t, const struct store_campaign *c, const char *transit);
	void (*account)(struct tell *t, const struct report_account *a);
	void (*cutover)(struct tell *t, const struct report_account *a, const struct store_cutover *c);
	void (*phase)(struct tell *t, const struct store_phase *p);
	void (*cutover_end)(struct tell *t);
	/* What has not come to its end; c may be NULL. */
	void (*unfinished)(struct tell *t, const struct report_account *a, const struct store_cutover *c);
	void (*totals)(struct tell *t, const struct report_totals *sum);
};

extern const struct report_pen report_text_pen, report_json_pen, report_markdown_pen;

/* How long it was down; -1: it was not, or still is. */
int64_t report_down_s(const struct store_cutover *c);
