#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/run/rehearse.h"
#include "scheduler/run/resync.h"
#include "xfer/base/exit.h"

/* What a person does by hand, as a piece of work. */
static struct work work_of(struct session *s)
{
	return (struct work){
		.site = &s->site, .store = s->desk.store, .desk = s->desk, .lock = -1, .log = -1
	};
}

/* What a piece of work's failure is to a command. */
static int judge(struct session *s, int status)
{
	if (status == -EIO)
		s->status = EXIT_PARTIAL;
	if (status == -EAGAIN)
		s->status = EXIT_REFUSED;
	if (status == -ECANCELED)
		s->status = EXIT_INTERRUPTED;
	return status;
}

/* Resync. */

static int parts_of(struct strings *out, const struct session *s, struct err *err)
{
	static const char *const kinds[] = { "files", "mail", "mariadb", "postgresql" };
	const struct strings *said = &s->o->parts;
	int r = 0;
	for (size_t i = 1; !r && i < said->count; i += 2) {
		bool known = false;
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
			known |= !strcmp(said->at[i], kinds[k]);
		if (!known)
			return err_say(err, -EINVAL,
				       "option --part: \"%s\" is none of files, mail, mariadb, postgresql",
				       said->at[i]);
		r = strings_add(out, said->at[i], strlen(said->at[i]));
	}
	return r ? err_set(err, r, "option --part") : 0;
}

static void part_event(struct tell *t, const struct resync_part *p)
{
	tell_begin(t, "part", NULL);
	tell_text(t, "kind", p->kind);
	tell_text(t, "value", p->value);
	tell_flag(t, "ok", p->ok);
	tell_text(t, "cause", p->cause);
	tell_flag(t, "different", p->different);
	tell_whole(t, "changes", (int64_t)p->changes);
	tell_real(t, "updated", p->updated);
	tell_real(t, "deleted", p->deleted);
	tell_real(t, "sent", p->sent);
	tell_text(t, "proof", p->proof);
	event_open_array(&t->event, "shown");
	for (size_t i = 0; i < p->shown->count; i++)
		event_text(&t->event, NULL, p->shown->at[i]);
	event_close(&t->event);
	tell_end(t);
}

static void say_folder(struct session *s, const struct resync_part *p)
{
	struct tell *t = &s->tell;
	tell_line(t, "  %s %s: %.0f %s, %.0f %s", p->kind, p->value, p->updated,
		  s->o->go ? "copied or changed" : "to copy or change", p->deleted,
		  s->o->go ? "deleted" : "to delete");
	for (size_t i = 0; i < p->shown->count; i++)
		tell_line(t, "    %s", p->shown->at[i]);
	if (p->changes > p->shown->count)
		tell_line(t, "    and %zu more", p->changes - p->shown->count);
}

static void say_part(void *arg, const struct resync_part *p)
{
	struct session *s = arg;
	struct tell *t = &s->tell;
	if (t->json)
		part_event(t, p);
	else if (!p->ok)
		tell_line(t, "  %s%s%s: FAILED: %s", p->kind, p->value[0] ? " " : "", p->value, p->cause);
	else if (p->value[0])
		say_folder(s, p);
	else if (s->o->go)
		tell_line(t, "  %s: replaced", p->kind);
	else
		tell_line(t, "  %s: %s; would be replaced whole", p->kind,
			  p->different ? "differs" : "is the same, or cannot be compared from here");
	if (!t->json && s->o->go && p->proof[0])
		tell_line(t, "    %s", p->proof);
}

int cmd_resync(struct session *s)
{
	struct work w = work_of(s);
	AUTO(strings_fini) struct strings kinds = { 0 };
	struct resync r = { .work = &w,
			    .who = s->account,
			    .wish = { .to = s->o->to, .force = s->o->force, .go = s->o->go },
			    .kinds = &kinds,
			    .say = say_part,
			    .arg = s };
	int status = parts_of(&kinds, s, &s->err);
	if (!status)
		status = judge(s, resync_run(&r, &s->err));
	if (!r.from[0] || s->tell.json)
		return status;
	tell_line(&s->tell, "%s: %s from %s to %s, which %s%s", session_operand(s), r.parts, r.from, r.to,
		  r.live ? "SERVES it" : "does not serve it",
		  s->o->go ? "" : ": a dry run, nothing was changed");
	if (!status && !s->o->go)
		tell_line(&s->tell, "the same with --go does it, within the hour");
	return status;
}

/* Rehearsal. */

static const char *text_of(const json_t *finding, const char *key)
{
	const char *text = json_string_value(json_object_get(finding, key));
	return text ? text : "";
}

static void rehearsed(void *arg, const struct rehearse_part *p)
{
	struct session *s = arg;
	struct tell *t = &s->tell;
	tell_begin(t, "rehearsal", t->json ? NULL : p->engine);
	if (t->json)
		tell_text(t, "engine", p->engine);
	tell_flag(t, "ok", p->ok);
	tell_text(t, "cause", p->cause);
	tell_whole(t, "bytes", p->bytes);
	tell_real(t, "copy_s_per_gb", p->copy);
	tell_real(t, "verify_s_per_gb", p->verify);
	if (t->json)
		event_open_array(&t->event, "findings");
	for (size_t i = 0; i < json_array_size(p->findings); i++) {
		const json_t *f = json_array_get(p->findings, i);
		if (t->json) {
			event_open(&t->event, NULL);
			event_text(&t->event, "code", text_of(f, "code"));
			event_text(&t->event, "object", text_of(f, "object"));
			event_text(&t->event, "reason", text_of(f, "reason"));
			event_text(&t->event, "remedy", text_of(f, "remedy"));
			event_close(&t->event);
		} else {
			tell_line(t, "  %s: %s: %s; %s", text_of(f, "code"), text_of(f, "object"),
				  text_of(f, "reason"), text_of(f, "remedy"));
		}
	}
	if (t->json)
		event_close(&t->event);
	tell_end(t);
}

int cmd_account_rehearse(struct session *s)
{
	struct work w = work_of(s);
	struct rehearse r = { .work = &w, .who = s->account, .server = s->o->on, .say = rehearsed, .arg = s };
	if (!s->o->on)
		return err_say(&s->err, -EINVAL, "account %s: --on SERVER names the test server",
			       session_operand(s));
	int status = judge(s, rehearse_run(&r, &s->err));
	if (status == -EPERM || status == -EINVAL || status == -ENOENT || status == -EAGAIN)
		return status;
	tell_line(&s->tell,
		  r.cleared ? "what was copied is dropped at %s again"
			    : "what was copied is still at %s: drop it (no hook \"clear\" did)",
		  s->o->on);
	return status;
}
