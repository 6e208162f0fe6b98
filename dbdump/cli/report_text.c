#include "dbdump/cli/report_text.h"

#include <string.h>

#include "dbdump/cli/meaning.h"
#include "xfer/base/exit.h"
#include "xfer/base/figure.h"

enum { LISTED = 20 }; /* tables, or objects, that are named one by one */

static void label(struct line *to, const char *name)
{
	line_add(to, "  %-9s ", name);
}

static void name(struct line *to, const char *text)
{
	line_name(to, text, strlen(text));
}

static void table_name(struct line *to, const struct table_report *t)
{
	name(to, t->schema);
	line_add(to, ".");
	name(to, t->name);
}

/* "1 table", "3 indexes", "2 policies"; what is more than one of them already ("settings") stays. */
static void counted(struct line *to, uint64_t n, const char *what)
{
	size_t len = strlen(what);
	char last = len ? what[len - 1] : 0, before = len > 1 ? what[len - 2] : 0;
	line_add(to, "%s ", figure_count(n).text);
	if (n == 1 || last == 's')
		line_add(to, "%s", what);
	else if (last == 'y' && !strchr("aeiou", before))
		line_add(to, "%.*sies", (int)len - 1, what);
	else
		line_add(to, "%s%s", what, last == 'x' || last == 'h' ? "es" : "s");
}

/* Nobody counts what is in a file that goes as it is. */
static void known_rows(struct line *to, uint64_t rows, const struct totals *t)
{
	if (t->uncounted && t->uncounted == t->tables) {
		line_add(to, "rows not counted");
		return;
	}
	counted(to, rows, "row");
	if (t->uncounted) {
		line_add(to, " (and those of ");
		counted(to, t->uncounted, "table");
		line_add(to, " that went as files, not counted)");
	}
}

static const char *verdict(int status)
{
	switch (status) {
	case EXIT_PARTIAL:
		return "INCOMPLETE";
	case EXIT_INTERRUPTED:
	case EXIT_DEADLINE:
		return "STOPPED";
	case EXIT_DIFFERENT:
		return "DIFFERENT";
	case EXIT_REFUSED:
		return "REFUSED";
	default:
		return "FAILED";
	}
}

static uint64_t different_tables(const struct totals *t)
{
	return t->by_verdict[VERDICT_DIFFERENT] + t->by_verdict[VERDICT_MISSING] +
	       t->by_verdict[VERDICT_EXTRA];
}

static void result(struct line *to, const struct report *r, const struct totals *t,
		   const struct report_style *style)
{
	if (r->status == EXIT_OK) {
		line_add(to, "%s: ", style->verify ? "EQUAL" : "OK");
		counted(to, t->tables, "table");
		line_add(to, ", ");
		known_rows(to, r->rows, t);
		line_add(to, "%s\n", style->verify ? "" : ", nothing missing");
		return;
	}
	line_add(to, "%s (%d): ", verdict(r->status), r->status);
	if (r->status == EXIT_DIFFERENT) {
		line_add(to, "the rows of %s of ", figure_count(different_tables(t)).text);
		counted(to, t->tables, "table");
		line_add(to, ", the definitions of %s of ", figure_count(t->different_objects).text);
		counted(to, t->objects, "object");
		line_add(to, "\n");
	} else {
		line_add(to, "%s\n", meaning_of(r->status));
	}
}

static void failures(struct line *to, const struct report *r)
{
	for (size_t i = 0; i < r->failure_count && i < LISTED; i++) {
		const struct failure *f = &r->failures[i];
		label(to, i ? "" : "failed");
		line_add(to, "%s ", f->kind);
		name(to, f->name);
		line_add(to, ": ");
		name(to, f->text);
		line_add(to, "\n");
	}
	if (r->failure_count > LISTED) {
		label(to, "");
		line_add(to, "and %s more\n", figure_count(r->failure_count - LISTED).text);
	}
}

static void narrowed(struct line *to, const struct narrowed *n)
{
	static const char *const word[] = { [DIFFERENCE_MISSING] = "missing",
					    [DIFFERENCE_EXTRA] = "extra",
					    [DIFFERENCE_CHANGED] = "changed" };
	if (!n->done)
		return;
	label(to, "");
	if (n->at_least && !(n->changed + n->missing + n->extra)) {
		line_add(to, "  so many rows differ that they were not looked at one by one\n");
		return;
	}
	line_add(to, "  %s changed, ", figure_count(n->changed).text);
	line_add(to, "%s missing, %s extra%s", figure_count(n->missing).text, figure_count(n->extra).text,
		 n->at_least ? ", and more that were not counted" : "");
	if (n->first) {
		line_add(to, ", between ");
		name(to, n->first);
		line_add(to, " and ");
		name(to, n->last);
	}
	line_add(to, "\n");
	for (size_t i = 0; i < n->named_count; i++) {
		label(to, "");
		line_add(to, "  %s ", word[n->named[i].what]);
		name(to, n->named[i].name);
		line_add(to, "\n");
	}
}

static void one_table(struct line *to, const struct table_report *t)
{
	static const char *const word[] = {
		[VERDICT_NONE] = "not compared",
		[VERDICT_UNKNOWN] = "nothing is known",
		[VERDICT_EQUAL] = "equal",
		[VERDICT_DIFFERENT] = "DIFFERENT",
		[VERDICT_FAILED] = "FAILED",
		[VERDICT_MISSING] = "not at the destination",
		[VERDICT_EXTRA] = "only at the destination",
	};
	table_name(to, t);
	line_add(to, ": %s, ", word[t->verdict]);
	if (t->by_file && !t->read)
		line_add(to, "rows not counted");
	else
		counted(to, t->source.rows, "row");
	if (t->reread)
		line_add(to, ", %s at the destination", figure_count(t->target.rows).text);
	line_add(to, "%s\n", t->live ? ", not of the snapshot's moment" : "");
}

static void tables(struct line *to, const struct report *r, const struct totals *t,
		   const struct report_style *style)
{
	const char *title = "tables";
	uint64_t unlisted = 0, listed = 0;
	for (size_t i = 0; i < r->table_count; i++) {
		const struct table_report *table = &r->tables[i];
		bool good = table->verdict <= VERDICT_EQUAL;
		if (good && !style->verbose)
			continue;
		if (!good && !style->verbose && listed == LISTED) {
			unlisted++;
			continue;
		}
		label(to, title);
		one_table(to, table);
		narrowed(to, &table->narrowed);
		title = "";
		listed++;
	}
	if (unlisted) {
		label(to, "");
		line_add(to, "and %s more that are not equal\n", figure_count(unlisted).text);
	}
	if (t->by_verdict[VERDICT_UNKNOWN]) {
		label(to, title);
		counted(to, t->by_verdict[VERDICT_UNKNOWN], "table");
		line_add(to, " of which nothing is known, since the copy or comparison ended before\n");
		title = "";
	}
	if (t->live) {
		label(to, title);
		counted(to, t->live, "table");
		line_add(to, " without transactions: read as they were, not at the snapshot's moment\n");
	}
}

static void rows(struct line *to, const struct report *r, const struct totals *t)
{
	label(to, "rows");
	known_rows(to, t->source_rows, t);
	line_add(to, ", %s", figure_bytes(r->bytes, false).text);
	if (t->reread)
		line_add(to, "; %s at the destination", figure_count(t->target_rows).text);
	line_add(to, "\n");
}

static void hex(struct line *to, const struct digest *d)
{
	for (size_t i = 0; i < sizeof d->byte; i++)
		line_add(to, "%02x", d->byte[i]);
}

static void digest(struct line *to, const struct report *r, const struct totals *t)
{
	label(to, "digest");
	if (!t->digested) {
		line_add(to, "none: rows were %snot compared\n", t->reread ? "counted, " : "");
		return;
	}
	hex(to, &t->source);
	if (t->equal) {
		line_add(to, ", equal at both ends, of every row%s by content and column name\n",
			 r->verified == VERIFY_ROWS ? "" : " that could be compared");
		return;
	}
	line_add(to, " at the source\n");
	label(to, "");
	hex(to, &t->target);
	line_add(to, " at the destination: DIFFERENT\n");
}

static void kinds(struct line *to, const struct report *r, const struct totals *t)
{
	const char *comma = "";
	if (!r->kind_count)
		return;
	label(to, "objects");
	for (size_t i = 0; i < r->kind_count; i++) {
		const struct kind_report *k = &r->kinds[i];
		line_add(to, "%s", comma);
		counted(to, k->source, k->kind);
		if (k->target != k->source)
			line_add(to, " (%s at the destination)", figure_count(k->target).text);
		if (k->different)
			line_add(to, " (%s DIFFERENT)", figure_count(k->different).text);
		comma = ", ";
	}
	line_add(to, "%s\n", t->different_objects ? "" : ": the same at both ends");
}

static void objects(struct line *to, const struct report *r)
{
	static const char *const word[] = { [DIFFERENCE_MISSING] = "is not at the destination",
					    [DIFFERENCE_EXTRA] = "is only at the destination",
					    [DIFFERENCE_CHANGED] = "is defined otherwise" };
	for (size_t i = 0; i < r->object_count && i < LISTED; i++) {
		const struct object_report *o = &r->objects[i];
		label(to, "");
		line_add(to, "%s ", o->kind);
		name(to, o->name);
		line_add(to, " %s\n", word[o->what]);
	}
	if (r->object_count > LISTED) {
		label(to, "");
		line_add(to, "and %s more\n", figure_count(r->object_count - LISTED).text);
	}
}

static void moments(struct line *to, const struct report *r)
{
	for (size_t i = 0; i < r->moment_count; i++) {
		const struct snapshot *s = &r->moments[i].snapshot;
		label(to, i ? "" : "snapshot");
		if (r->moments[i].database) {
			name(to, r->moments[i].database);
			line_add(to, ": ");
		}
		name(to, s->how);
		line_add(to, ", ");
		counted(to, s->connections, "connection");
		if (*s->position) {
			line_add(to, ", at ");
			name(to, s->position);
		}
		if (s->locked_s > 0)
			line_add(to, "; a lock for %s", figure_seconds(s->locked_s).text);
		line_add(to, "\n");
	}
}

static void server(struct line *to, const char *title, const struct server_info *s)
{
	if (!*s->version)
		return;
	label(to, title);
	name(to, s->version);
	if (s->disk_bytes)
		line_add(to, ", %s on disk", figure_bytes(s->disk_bytes, true).text);
	line_add(to, "\n");
}

static void times(struct line *to, const struct report *r)
{
	const char *comma = " (";
	label(to, "time");
	line_add(to, "%s", figure_seconds(r->seconds).text);
	for (size_t i = 0; i < r->phase_count; i++) {
		if (r->phases[i].seconds < 0.005)
			continue;
		line_add(to, "%s%s %s", comma, r->phases[i].phase, figure_seconds(r->phases[i].seconds).text);
		comma = ", ";
	}
	line_add(to, "%s\n", *comma == ',' ? ")" : "");
}

void report_text(struct line *to, const struct report *r, const struct totals *t,
		 const struct report_style *style)
{
	result(to, r, t, style);
	failures(to, r);
	server(to, style->verify ? "A" : "from", &r->source);
	server(to, style->verify ? "B" : "to", &r->target);
	if (t->tables) {
		rows(to, r, t);
		tables(to, r, t, style);
		if (!style->dump)
			digest(to, r, t);
	}
	kinds(to, r, t);
	objects(to, r);
	moments(to, r);
	times(to, r);
}
