#include <stdio.h>
#include <string.h>

#include "scheduler/cli/look.h"
#include "scheduler/cli/report.h"
#include "xfer/base/figure.h"

static void campaign(struct tell *t, const struct store_campaign *c, const char *transit)
{
	char step[STORE_NAME];
	tell_line(t, "campaign %s: server %s%s%s, %s", c->name, c->server,
		  transit[0] ? ", transit server " : "", transit, look_step(step, c->state));
}

static void account(struct tell *t, const struct report_account *a)
{
	tell_line(t, "  account %s: %s", a->account->name, account_name(a->account->state));
}

static void cutover(struct tell *t, const struct report_account *a, const struct store_cutover *c)
{
	char when[TELL_MOMENT], down[64] = "";
	(void)a;
	if (report_down_s(c) >= 0)
		snprintf(down, sizeof down, ", was down for %lld s", (long long)report_down_s(c));
	tell_line(t, "    %s to %s, %s: %s; promised %lld s%s", c->from, c->to,
		  tell_time(when, c->started ? c->started : c->planned), cutover_name(c->state),
		  (long long)c->window_s, down);
	if (c->extended_s)
		tell_line(t, "      of the window support has added %lld s", (long long)c->extended_s);
	if (c->cause[0])
		tell_line(t, "      because: %s", c->cause);
	if (c->stuck[0])
		tell_line(t, "      STUCK: %s", c->stuck);
}

static void phase(struct tell *t, const struct store_phase *p)
{
	tell_line(t, "      %-12s %9.1f s%s%s%s", p->name, p->seconds, p->bytes ? "  " : "",
		  p->bytes ? figure_bytes((uint64_t)p->bytes, false).text : "", p->ok ? "" : "  failed");
	for (const char *at = p->detail; *at;) {
		size_t n = strcspn(at, "\n");
		tell_line(t, "        %.*s", (int)n, at);
		at += n + (at[n] == '\n');
	}
}

static void cutover_end(struct tell *t)
{
	(void)t;
}

static void unfinished(struct tell *t, const struct report_account *a, const struct store_cutover *c)
{
	tell_line(t, "  not finished: account %s: %s%s%s", a->account->name, account_name(a->account->state),
		  c ? ", cutover " : "", c ? cutover_name(c->state) : "");
}

static void totals(struct tell *t, const struct report_totals *sum)
{
	tell_line(t, "%s%s: %zu accounts; cutovers: %zu done, %zu rolled back, %zu cancelled, %zu not ended",
		  sum->campaign ? "  totals of " : "totals", sum->campaign ? sum->campaign : "",
		  sum->accounts, sum->done, sum->rolled_back, sum->cancelled, sum->unfinished);
	tell_line(t, "%sdown for %lld s in all, %lld s at most%s%s%s; %zu longer than promised",
		  sum->campaign ? "    " : "  ", (long long)sum->down_s, (long long)sum->longest_s,
		  sum->longest[0] ? " (" : "", sum->longest, sum->longest[0] ? ")" : "", sum->late);
}

const struct report_pen report_text_pen = {
	campaign, account, cutover, phase, cutover_end, unfinished, totals
};
