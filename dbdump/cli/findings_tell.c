#include "dbdump/cli/findings_tell.h"

#include <inttypes.h>
#include <string.h>

static const enum severity severities[] = { SEVERITY_CERTAIN, SEVERITY_LIKELY, SEVERITY_NOTE };
enum { SEVERITIES = sizeof severities / sizeof *severities };

static void name(struct line *to, const char *text)
{
	line_name(to, text, strlen(text));
}

static void headline(struct line *to, const struct findings *f)
{
	uint64_t certain = findings_count(f, SEVERITY_CERTAIN), likely = findings_count(f, SEVERITY_LIKELY);
	line_add(to, certain ? "NOT READY: %" PRIu64 " certain to fail" : "READY: nothing is certain to fail",
		 certain);
	if (likely)
		line_add(to, ", %" PRIu64 " likely", likely);
	uint64_t notes = findings_count(f, SEVERITY_NOTE);
	if (notes)
		line_add(to, ", %" PRIu64 " note%s", notes, notes == 1 ? "" : "s");
	line_add(to, "\n");
}

void findings_text(struct line *to, const struct findings *f)
{
	headline(to, f);
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *one = &f->at[i];
		line_add(to, "  %-8s %-18s ", severity_word(one->severity), one->code);
		name(to, one->object);
		line_add(to, "\n           ");
		name(to, one->reason);
		line_add(to, "\n           -> ");
		name(to, one->remedy);
		line_add(to, "\n");
	}
	for (size_t i = 0; i < f->unseen.count; i++) {
		line_add(to, "  not looked at: ");
		name(to, f->unseen.at[i]);
		line_add(to, "\n");
	}
}

static void text(struct event *e, const char *key, const char *s)
{
	event_string(e, key, s, strlen(s));
}

void findings_event(struct event *e, const struct findings *f)
{
	event_open(e, "counts");
	for (size_t i = 0; i < SEVERITIES; i++)
		event_u64(e, severity_word(severities[i]), findings_count(f, severities[i]));
	event_close(e);
	event_open_array(e, "findings");
	for (size_t i = 0; i < f->count; i++) {
		event_open(e, NULL);
		event_text(e, "severity", severity_word(f->at[i].severity));
		event_text(e, "code", f->at[i].code);
		text(e, "object", f->at[i].object);
		text(e, "reason", f->at[i].reason);
		text(e, "remedy", f->at[i].remedy);
		event_close(e);
	}
	event_close(e);
	event_open_array(e, "unseen");
	for (size_t i = 0; i < f->unseen.count; i++) {
		event_open(e, NULL);
		text(e, "what", f->unseen.at[i]);
		event_close(e);
	}
	event_close(e);
}
