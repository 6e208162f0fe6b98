#include "scheduler/cli/estimate.h"

#include <stdio.h>

static const char *from_word(enum window_from from)
{
	static const char *const words[] = { [FROM_NOTHING] = "nothing",
					     [FROM_RULE] = "rule",
					     [FROM_MEASURED] = "measured",
					     [FROM_PRECOPY] = "precopy",
					     [FROM_REHEARSED] = "rehearsed" };
	return words[from];
}

/* Where a part comes from, for a person. */
static void from_text(char out[static STORE_NAME], const struct window_part *p)
{
	char rate[48] = "";
	if (p->rate > 0)
		snprintf(rate, sizeof rate, "%.1f s for 10^9 bytes, ", p->rate);
	if (p->from == FROM_NOTHING)
		snprintf(out, STORE_NAME, "nothing to do");
	else if (p->from == FROM_RULE)
		snprintf(out, STORE_NAME, "%sby the rule: nothing was measured yet", rate);
	else if (p->from == FROM_PRECOPY)
		snprintf(out, STORE_NAME, "as the last pass that copied ahead");
	else
		snprintf(out, STORE_NAME, "%s90th percentile of %zu %s", rate, p->samples,
			 from_word(p->from));
}

static void tell_part(struct tell *t, const char *name, const struct window_part *p)
{
	char from[STORE_NAME];
	from_text(from, p);
	tell_line(t, "  %-12s %8.1f s  %s", name, p->seconds, from);
	if (!t->json)
		return;
	event_open(&t->event, NULL);
	event_text(&t->event, "name", name);
	event_double(&t->event, "seconds", p->seconds);
	event_text(&t->event, "from", from_word(p->from));
	event_u64(&t->event, "samples", p->samples);
	event_double(&t->event, "rate", p->rate);
	event_close(&t->event);
}

static void tell_sums(struct session *s, const struct window *w)
{
	struct tell *t = &s->tell;
	if (t->json) {
		tell_real(t, "sum_s", w->sum);
		tell_real(t, "factor", s->site.factor);
		tell_real(t, "back_s", w->back);
		tell_flag(t, "by_first_outage", w->by_least);
		tell_whole(t, "window_s", (int64_t)w->total);
		return;
	}
	tell_line(t, "  %-12s %8.1f s  times [window] factor %.2f", "sum", w->sum, s->site.factor);
	tell_line(t, "  %-12s %8.1f s  to be thawed where it came from, if it fails at the worst moment",
		  "way back", w->back);
	if (w->by_least)
		tell_line(t, "  %-12s            at least as long as its first outage", "");
	tell_line(t, "  %-12s %8.0f s  is promised", "window", w->total);
}

void estimate_tell(struct session *s, const struct window *w)
{
	struct tell *t = &s->tell;
	tell_begin(t, "estimate", NULL);
	tell_line(t, "estimate of %s%s", session_operand(s),
		  s->o->back ? ", back to where it came from" : "");
	if (t->json) {
		tell_text(t, "campaign", s->account.campaign);
		tell_text(t, "account", s->account.account);
		tell_flag(t, "back", s->o->back);
		event_open_array(&t->event, "parts");
	}
	for (unsigned i = 0; i < WINDOW_STEPS; i++)
		tell_part(t, window_step_name(i), &w->part[i]);
	if (t->json)
		event_close(&t->event);
	tell_sums(s, w);
	tell_end(t);
}
