#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/cli/look.h"
#include "scheduler/cli/report.h"

struct reading {
	struct session *s;
	const struct report_pen *pen;
	struct report_account at;
	struct report_totals campaign, all;
};

int64_t report_down_s(const struct store_cutover *c)
{
	return c->started && c->ended ? c->ended - c->started : -1;
}

static void count(struct report_totals *sum, const struct report_account *a, const struct store_cutover *c)
{
	int64_t down = report_down_s(c);
	sum->done += c->state == CUTOVER_DONE;
	sum->rolled_back += c->state == CUTOVER_ROLLED_BACK;
	sum->cancelled += c->state == CUTOVER_CANCELLED;
	sum->unfinished += !cutover_ended(c->state);
	if (down < 0)
		return;
	sum->down_s += down;
	sum->late += down > c->window_s;
	if (!sum->longest[0] || down > sum->longest_s) {
		sum->longest_s = down;
		snprintf(sum->longest, sizeof sum->longest, "%s/%s", a->campaign->name, a->account->name);
	}
}

static int each_phase(void *arg, const struct store_phase *p)
{
	struct reading *r = arg;
	r->pen->phase(&r->s->tell, p);
	return 0;
}

static int each_cutover(void *arg, const struct store_cutover *c)
{
	struct reading *r = arg;
	count(&r->campaign, &r->at, c);
	count(&r->all, &r->at, c);
	r->pen->cutover(&r->s->tell, &r->at, c);
	int code = store_each_phase(r->s->desk.store, c->id, each_phase, r, &r->s->err);
	r->pen->cutover_end(&r->s->tell);
	return code;
}

static int each_account(void *arg, const struct store_account *a)
{
	struct reading *r = arg;
	r->at.account = a;
	r->campaign.accounts++;
	r->all.accounts++;
	r->pen->account(&r->s->tell, &r->at);
	return store_each_cutover_of(r->s->desk.store, a->id, each_cutover, r, &r->s->err);
}

/* Home and removed are ends; so is where the campaign was given up. */
static int each_unfinished(void *arg, const struct store_account *a)
{
	struct reading *r = arg;
	struct store_cutover c;
	int has = look_cutover(r->s, a->id, &c);
	if (has < 0)
		return has;
	r->at.account = a;
	bool ended = a->state == ACCOUNT_HOME || a->state == ACCOUNT_REMOVED ||
		     r->at.campaign->state == CAMPAIGN_CANCELLED;
	if (has || !ended)
		r->pen->unfinished(&r->s->tell, &r->at, has ? &c : NULL);
	return 0;
}

static int each_campaign(void *arg, const struct store_campaign *c)
{
	struct reading *r = arg;
	struct session *s = r->s;
	struct store_transit transit = { 0 };
	int code = store_transit_of(s->desk.store, &transit, c->id, &s->err);
	if (code && code != -ENOENT)
		return code;
	r->at.campaign = c;
	r->campaign = (struct report_totals){ .campaign = c->name };
	r->pen->campaign(&s->tell, c, transit.name);
	code = store_each_account(s->desk.store, c->id, each_account, r, &s->err);
	if (!code)
		code = store_each_account(s->desk.store, c->id, each_unfinished, r, &s->err);
	if (!code)
		r->pen->totals(&s->tell, &r->campaign);
	return code;
}

int cmd_report(struct session *s)
{
	const struct report_pen *pen = s->tell.json			 ? &report_json_pen
				       : s->o->format == REPORT_MARKDOWN ? &report_markdown_pen
									 : &report_text_pen;
	struct reading r = { .s = s, .pen = pen };
	struct store_campaign c = { 0 };
	int code = store_look(s->desk.store, &s->err);
	if (code)
		return code;
	if (session_operand(s)) {
		code = store_find_campaign(s->desk.store, &c, session_operand(s), &s->err);
		if (!code)
			code = each_campaign(&r, &c);
	} else {
		code = store_each_campaign(s->desk.store, each_campaign, &r, &s->err);
		if (!code)
			pen->totals(&s->tell, &r.all);
	}
	store_abort(s->desk.store);
	return code;
}
