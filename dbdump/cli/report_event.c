#include "dbdump/cli/report_event.h"

#include <stdio.h>
#include <string.h>

#include "dbdump/cli/meaning.h"
#include "xfer/base/exit.h"

static const char *const difference_word[] = {
	[DIFFERENCE_MISSING] = "missing", [DIFFERENCE_EXTRA] = "extra", [DIFFERENCE_CHANGED] = "changed"
};

static const char *const verdict_word[] = {
	[VERDICT_NONE] = "none",       [VERDICT_EQUAL] = "equal",     [VERDICT_DIFFERENT] = "different",
	[VERDICT_FAILED] = "failed",   [VERDICT_MISSING] = "missing", [VERDICT_EXTRA] = "extra",
	[VERDICT_UNKNOWN] = "unknown",
};

static void text(struct event *e, const char *key, const char *s)
{
	event_string(e, key, s, strlen(s));
}

/* Tables, in the words that xfer has for files: what verify finds missing at B is "copied", only at B "deleted". */
static void items(struct event *e, const struct totals *t, bool verify)
{
	const uint64_t *by = t->by_verdict;
	uint64_t same = by[VERDICT_EQUAL] + by[VERDICT_NONE];
	event_open(e, "items");
	event_u64(e, "total", t->tables);
	event_u64(e, "copied", verify ? by[VERDICT_MISSING] : same);
	event_u64(e, "updated", verify ? by[VERDICT_DIFFERENT] : 0);
	event_u64(e, "renamed", 0);
	event_u64(e, "deleted", verify ? by[VERDICT_EXTRA] : 0);
	event_u64(e, "unchanged", verify ? same : 0);
	event_u64(e, "failed", verify ? by[VERDICT_FAILED] + by[VERDICT_UNKNOWN] : t->tables - same);
	event_close(e);
}

static void bytes(struct event *e, const struct report *r, const struct totals *t, bool verify)
{
	event_open(e, "bytes");
	event_u64(e, "total", r->bytes);
	event_u64(e, "read", r->bytes);
	event_u64(e, "sent", verify ? 0 : r->bytes);
	event_u64(e, "received", t->target_bytes); /* to be compared */
	event_u64(e, "written", verify ? 0 : r->bytes);
	event_close(e);
}

static void rows(struct event *e, const struct report *r, const struct totals *t)
{
	event_open(e, "rows");
	if (t->uncounted) {
		event_null(e, "total");
		event_null(e, "source");
	} else {
		event_u64(e, "total", r->rows);
		event_u64(e, "source", t->source_rows);
	}
	event_u64(e, "target", t->target_rows);
	event_u64(e, "uncounted_tables", t->uncounted);
	event_close(e);
}

void report_event_phases(struct event *e, const struct report *r, double of)
{
	for (size_t i = 0; i < r->phase_count; i++) {
		char key[64];
		snprintf(key, sizeof key, "%s", r->phases[i].phase);
		for (char *at = key; (at = strchr(at, ' '));)
			*at = '_';
		event_double(e, key, r->phases[i].seconds / of);
	}
	event_double(e, "total", r->seconds / of);
}

static void digest(struct event *e, const struct totals *t)
{
	if (t->digested) {
		event_hex(e, "digest", t->source.byte, sizeof t->source.byte);
		event_hex(e, "peer_digest", t->target.byte, sizeof t->target.byte);
	} else {
		event_null(e, "digest");
		event_null(e, "peer_digest");
	}
}

static void one_difference(struct event *e, enum difference what, const char *name)
{
	event_text(e, "what", difference_word[what]);
	text(e, "name", name);
}

static void narrowed(struct event *e, const struct narrowed *n)
{
	if (!n->done)
		return;
	event_bool(e, "at_least", n->at_least);
	event_u64(e, "missing", n->missing);
	event_u64(e, "extra", n->extra);
	event_u64(e, "changed", n->changed);
	if (n->first) {
		text(e, "first", n->first);
		text(e, "last", n->last);
	}
	event_open_array(e, "rows");
	for (size_t i = 0; i < n->named_count; i++) {
		event_open(e, NULL);
		one_difference(e, n->named[i].what, n->named[i].name);
		event_close(e);
	}
	event_close(e);
}

/* Those that are not equal. */
static void tables(struct event *e, const struct report *r)
{
	size_t listed = 0;
	event_open_array(e, "tables");
	for (size_t i = 0; i < r->table_count && listed < REPORT_EVENT_LIST; i++) {
		const struct table_report *t = &r->tables[i];
		if (t->verdict == VERDICT_EQUAL || t->verdict == VERDICT_NONE)
			continue;
		event_open(e, NULL);
		text(e, "schema", t->schema);
		text(e, "name", t->name);
		event_text(e, "verdict", verdict_word[t->verdict]);
		event_u64(e, "source_rows", t->source.rows);
		event_u64(e, "target_rows", t->target.rows);
		narrowed(e, &t->narrowed);
		event_close(e);
		listed++;
	}
	event_close(e);
}

static void objects(struct event *e, const struct report *r)
{
	event_open_array(e, "kinds");
	for (size_t i = 0; i < r->kind_count; i++) {
		event_open(e, NULL);
		event_text(e, "kind", r->kinds[i].kind);
		event_u64(e, "source", r->kinds[i].source);
		event_u64(e, "target", r->kinds[i].target);
		event_u64(e, "different", r->kinds[i].different);
		event_close(e);
	}
	event_close(e);
	event_open_array(e, "objects");
	for (size_t i = 0; i < r->object_count && i < REPORT_EVENT_LIST; i++) {
		event_open(e, NULL);
		event_text(e, "kind", r->objects[i].kind);
		one_difference(e, r->objects[i].what, r->objects[i].name);
		event_close(e);
	}
	event_close(e);
}

static void server(struct event *e, const char *key, const struct server_info *s)
{
	event_open(e, key);
	text(e, "version", s->version);
	event_u64(e, "disk_bytes", s->disk_bytes);
	event_close(e);
}

static void moments(struct event *e, const struct report *r)
{
	event_open_array(e, "snapshots");
	for (size_t i = 0; i < r->moment_count; i++) {
		const struct moment *m = &r->moments[i];
		event_open(e, NULL);
		if (m->database)
			text(e, "database", m->database);
		event_text(e, "how", m->snapshot.how);
		text(e, "position", m->snapshot.position);
		event_u64(e, "connections", m->snapshot.connections);
		event_double(e, "locked_s", m->snapshot.locked_s);
		event_close(e);
	}
	event_close(e);
}

void report_event_failure(struct event *e, const struct failure *f)
{
	event_text(e, "kind", f->kind);
	text(e, "item", f->name);
	text(e, "error", f->text);
	event_i64(e, "errno", f->code < 0 ? -f->code : f->code);
}

static void failures(struct event *e, const struct report *r)
{
	event_open_array(e, "failures");
	for (size_t i = 0; i < r->failure_count && i < REPORT_EVENT_LIST; i++) {
		event_open(e, NULL);
		report_event_failure(e, &r->failures[i]);
		event_close(e);
	}
	event_close(e);
	event_u64(e, "failures_total", r->failure_count);
}

void report_event_members(struct event *e, const char *verb, const struct report *r, const struct totals *t)
{
	static const char *const modes[] = {
		[VERIFY_ROWS] = "rows", [VERIFY_COUNTS] = "counts", [VERIFY_NONE] = "none"
	};
	bool verify = !strcmp(verb, "verify");
	event_text(e, "verb", verb);
	event_bool(e, "ok", r->status == EXIT_OK);
	event_i64(e, "exit", r->status);
	event_text(e, "meaning", meaning_of(r->status));
	text(e, "reason", r->error.code ? r->error.text : "");
	items(e, t, verify);
	rows(e, r, t);
	bytes(e, r, t, verify);
	event_open(e, "seconds");
	report_event_phases(e, r, 1);
	event_close(e);
	event_text(e, "proof", modes[r->verified]);
	digest(e, t);
	tables(e, r);
	objects(e, r);
	server(e, "source", &r->source);
	server(e, "target", &r->target);
	moments(e, r);
	failures(e, r);
}

int report_event(struct event *e, const char *verb, const struct report *r, const struct totals *t)
{
	event_begin(e, "report");
	report_event_members(e, verb, r, t);
	return event_end(e);
}
