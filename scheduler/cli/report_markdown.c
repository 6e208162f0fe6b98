#include <stdio.h>
#include <string.h>

#include "scheduler/cli/look.h"
#include "scheduler/cli/report.h"
#include "xfer/base/figure.h"

enum { PLAIN = 2 * STORE_TEXT };

/* A name or a sentence of somebody's, as text: nothing in it is markup, and it is one line. */
static const char *plain(char out[static PLAIN], const char *text)
{
	size_t n = 0;
	for (; *text && n + 3 < PLAIN; text++) {
		if (strchr("\\`*_{}[]<>#|!~", *text))
			out[n++] = '\\';
		out[n++] = *text == '\n' ? ' ' : *text;
	}
	out[n] = 0;
	return out;
}

static void campaign(struct tell *t, const struct store_campaign *c, const char *transit)
{
	char name[PLAIN], server[PLAIN], to[PLAIN], step[STORE_NAME];
	tell_line(t, "# Campaign %s", plain(name, c->name));
	tell_line(t, "%s", "");
	tell_line(t, "Server %s%s%s: %s.", plain(server, c->server), transit[0] ? ", transit server " : "",
		  plain(to, transit), look_step(step, c->state));
}

static void account(struct tell *t, const struct report_account *a)
{
	char name[PLAIN];
	tell_line(t, "%s", "");
	tell_line(t, "## Account %s: %s", plain(name, a->account->name), account_name(a->account->state));
}

static void cutover(struct tell *t, const struct report_account *a, const struct store_cutover *c)
{
	char from[PLAIN], to[PLAIN], text[PLAIN], when[TELL_MOMENT];
	(void)a;
	tell_line(t, "%s", "");
	tell_line(t, "### %s to %s, %s: %s", plain(from, c->from), plain(to, c->to),
		  tell_time(when, c->started ? c->started : c->planned), cutover_name(c->state));
	tell_line(t, "%s", "");
	tell_line(t, "- promised: %lld s", (long long)c->window_s);
	if (c->extended_s)
		tell_line(t, "- of those, added by support: %lld s", (long long)c->extended_s);
	if (report_down_s(c) >= 0)
		tell_line(t, "- was down for: %lld s", (long long)report_down_s(c));
	if (c->cause[0])
		tell_line(t, "- because: %s", plain(text, c->cause));
	if (c->stuck[0])
		tell_line(t, "- **stuck**: %s", plain(text, c->stuck));
	if (!c->started)
		return; /* it has no phases */
	tell_line(t, "%s", "");
	tell_line(t, "| phase | seconds | bytes | |");
	tell_line(t, "| --- | ---: | ---: | --- |");
}

static void phase(struct tell *t, const struct store_phase *p)
{
	char name[PLAIN], detail[PLAIN];
	tell_line(t, "| %s | %.1f | %s | %s%s |", plain(name, p->name), p->seconds,
		  p->bytes ? figure_count((uint64_t)p->bytes).text : "",
		  p->ok ? "" : "failed: ", plain(detail, p->detail));
}

static void cutover_end(struct tell *t)
{
	(void)t;
}

static void unfinished(struct tell *t, const struct report_account *a, const struct store_cutover *c)
{
	char name[PLAIN];
	tell_line(t, "%s", "");
	tell_line(t, "**Not finished:** account %s: %s%s%s", plain(name, a->account->name),
		  account_name(a->account->state), c ? ", cutover " : "", c ? cutover_name(c->state) : "");
}

static void totals(struct tell *t, const struct report_totals *sum)
{
	char name[PLAIN];
	tell_line(t, "%s", "");
	tell_line(t, "## Totals%s%s", sum->campaign ? " of " : "",
		  sum->campaign ? plain(name, sum->campaign) : "");
	tell_line(t, "%s", "");
	tell_line(
		t,
		"| accounts | done | rolled back | cancelled | not ended | down, in all | at most | longer than promised |");
	tell_line(t, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
	tell_line(t, "| %zu | %zu | %zu | %zu | %zu | %lld s | %lld s | %zu |", sum->accounts, sum->done,
		  sum->rolled_back, sum->cancelled, sum->unfinished, (long long)sum->down_s,
		  (long long)sum->longest_s, sum->late);
}

const struct report_pen report_markdown_pen = { campaign,    account,	 cutover, phase,
						cutover_end, unfinished, totals };
