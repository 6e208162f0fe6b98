#include <string.h>

#include "scheduler/cli/cmd.h"

struct filter {
	struct tell *tell;
	const char *campaign; /* NULL: all */
	int64_t since;
};

/* The campaign itself, or one of its accounts; a server may have the same name. */
static bool is_of(const struct store_audit *a, const char *campaign)
{
	size_t n = strlen(campaign);
	bool of_server = !strncmp(a->what, "server ", 7) || !strncmp(a->what, "transit ", 8);
	return !of_server && !strncmp(a->subject, campaign, n) && (!a->subject[n] || a->subject[n] == '/');
}

static int show(void *arg, const struct store_audit *a)
{
	struct filter *f = arg;
	struct tell *t = f->tell;
	char when[TELL_MOMENT];
	if (a->at < f->since || (f->campaign && !is_of(a, f->campaign)))
		return 0;
	tell_begin(t, "audit", NULL);
	if (t->json) {
		tell_whole(t, "id", a->id);
		tell_moment(t, "at", a->at);
		tell_text(t, "who", a->who);
		tell_text(t, "what", a->what);
		tell_text(t, "subject", a->subject);
		tell_text(t, "detail", a->detail);
		tell_text(t, "why", a->why);
	}
	tell_line(t, "%s  %s: %s %s%s%s%s%s%s%s", tell_time(when, a->at), a->who, a->what, a->subject,
		  a->detail[0] ? " (" : "", a->detail, a->detail[0] ? ")" : "",
		  a->why[0] ? " because \"" : "", a->why, a->why[0] ? "\"" : "");
	tell_end(t);
	return 0;
}

int cmd_audit(struct session *s)
{
	struct store_campaign c;
	struct filter f = { .tell = &s->tell, .campaign = s->o->campaign };
	int r = s->o->since ? session_moment(&f.since, "since", s->o->since, &s->err) : 0;
	/* that it is not known is said, and not that nothing happened */
	if (!r && f.campaign)
		r = store_find_campaign(s->desk.store, &c, f.campaign, &s->err);
	return r ? r : store_each_audit(s->desk.store, show, &f, &s->err);
}
