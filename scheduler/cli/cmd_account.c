#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/cli/look.h"

/* What it consists of, as the options say. */
struct parts {
	struct desk_part *at;
	size_t count;
};

static void parts_fini(struct parts *p)
{
	free(p->at);
}

/* ".." would lead out of the server's root. */
static bool is_path(const char *text)
{
	size_t n = strlen(text);
	return text[0] == '/' && !strstr(text, "/../") && (n < 3 || strcmp(text + n - 3, "/..") != 0);
}

static bool is_address(const char *text)
{
	unsigned char to[16];
	return inet_pton(AF_INET, text, to) == 1 || inet_pton(AF_INET6, text, to) == 1;
}

static int check_part(const struct desk_part *p, struct err *err)
{
	bool path = !strcmp(p->kind, "files") || !strcmp(p->kind, "mail");
	if (path && !is_path(p->value))
		return err_say(err, -EINVAL, "option --%s: \"%s\" is no absolute path without ..", p->kind,
			       p->value);
	if (!strcmp(p->kind, "address") && !is_address(p->value))
		return err_say(err, -EINVAL, "option --address: \"%s\" is no IP address", p->value);
	return 0;
}

static int parts_read(struct parts *out, const struct session *s, struct err *err)
{
	const struct strings *items = &s->o->items;
	int r = 0;
	out->count = items->count / 2;
	out->at = calloc(out->count + 1, sizeof *out->at);
	if (!out->at)
		return err_set(err, -ENOMEM, "account %s", s->account.account);
	for (size_t i = 0; !r && i < out->count; i++) {
		out->at[i] = (struct desk_part){ items->at[2 * i], items->at[2 * i + 1] };
		r = check_part(&out->at[i], err);
	}
	return r;
}

static int show_item(void *arg, const struct store_item *i)
{
	struct tell *t = arg;
	if (t->json) {
		event_open(&t->event, NULL);
		event_text(&t->event, "kind", i->kind);
		event_text(&t->event, "value", i->value);
		event_close(&t->event);
	} else {
		tell_text(t, i->kind, i->value);
	}
	return 0;
}

static void show_cutover(struct tell *t, const struct store_cutover *c)
{
	tell_text(t, "cutover", cutover_name(c->state));
	tell_text(t, "from", c->from);
	tell_text(t, "to", c->to);
	tell_moment(t, "planned", c->planned);
	tell_whole(t, "window_s", c->window_s);
	tell_moment(t, "started", c->started);
	tell_text(t, "cause", c->cause);
	tell_text(t, "stuck", c->stuck);
}

static int show(struct session *s)
{
	struct tell *t = &s->tell;
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	struct store_cutover cut = { 0 };
	int r = store_find_campaign(s->desk.store, &c, s->account.campaign, &s->err), has = 0;
	if (!r)
		r = store_find_account(s->desk.store, &a, c.id, s->account.account, &s->err);
	if (!r)
		r = has = look_cutover(s, a.id, &cut);
	if (r < 0)
		return r;
	tell_begin(t, "account", session_operand(s));
	if (t->json) {
		tell_text(t, "campaign", c.name);
		tell_text(t, "name", a.name);
	}
	tell_text(t, "state", account_name(a.state));
	tell_text(t, "campaign_state", campaign_name(c.state));
	for (unsigned e = 0; e < ENGINES; e++) {
		const char *key = e == ENGINE_MARIADB ? "mariadb_bytes" : "postgresql_bytes";
		if (a.bytes[e] >= 0)
			tell_whole(t, key, a.bytes[e]);
		else
			tell_text(t, key, t->json ? NULL : "not measured yet");
	}
	tell_whole(t, "precopies", a.precopies);
	tell_moment(t, "precopied", a.precopied);
	if (a.precopy_s >= 0)
		tell_real(t, "precopy_s", a.precopy_s);
	tell_text(t, "precopy_cause", a.precopy_cause);
	if (has)
		show_cutover(t, &cut);
	if (t->json)
		event_open_array(&t->event, "items");
	r = store_each_item(s->desk.store, a.id, show_item, t, &s->err);
	if (t->json)
		event_close(&t->event);
	tell_end(t);
	return r;
}

int cmd_account_add(struct session *s)
{
	AUTO(parts_fini) struct parts parts = { 0 };
	struct store_account a = { .bytes = { NOT_SAID, NOT_SAID }, .precopy_s = -1, .precopy_scan_s = -1 };
	int r = session_check_name("account", s->account.account, &s->err);
	if (!r)
		r = parts_read(&parts, s, &s->err);
	if (r)
		return r;
	snprintf(a.name, sizeof a.name, "%s", s->account.account);
	r = desk_add_whole_account(&s->desk, s->account.campaign, &a, parts.at, parts.count, &s->err);
	return r ? r : show(s);
}

int cmd_account_claim(struct session *s)
{
	AUTO(parts_fini) struct parts parts = { 0 };
	int r = parts_read(&parts, s, &s->err);
	if (r)
		return r;
	if (!parts.count)
		return err_say(&s->err, -EINVAL, "account %s: nothing is said that it is about",
			       session_operand(s));
	struct desk_claim claim = { parts.at, parts.count, s->command->event };
	r = desk_claim(&s->desk, &s->account, &claim, &s->err);
	return r ? r : show(s);
}

/* Once an account has moved, what is left of it is support's to judge. */
static int may_remove(struct session *s)
{
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	int r = store_find_campaign(s->desk.store, &c, s->account.campaign, &s->err);
	if (!r)
		r = store_find_account(s->desk.store, &a, c.id, s->account.account, &s->err);
	if (!r && session_is_client(s) && account_place(a.state) != PLACE_SERVER)
		r = err_say(&s->err, -EPERM,
			    "account %s is %s: it has moved, so that support alone removes it",
			    s->account.account, account_name(a.state));
	return r;
}

int cmd_account_event(struct session *s)
{
	enum account_event on = (enum account_event)s->command->event;
	int r = on == ACC_REMOVE ? may_remove(s) : 0;
	if (!r)
		r = desk_account(&s->desk, &s->account, on, &s->err);
	return r ? r : show(s);
}

int cmd_account_show(struct session *s)
{
	return show(s);
}
