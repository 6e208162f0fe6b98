#include "dbdump/cli/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dbdump/archive/extent.h"
#include "dbdump/cli/ends.h"
#include "dbdump/cli/meaning.h"
#include "dbdump/cli/output.h"
#include "xfer/base/clock.h"
#include "xfer/base/exit.h"
#include "xfer/base/figure.h"
#include "xfer/front/process.h"

/* What all sections have. */
struct listing {
	struct archive *archive;
	const struct options *o;
	struct output *out;
	uint64_t tables, rows, bytes;
};

static void label(struct line *to, const char *name)
{
	line_add(to, "  %-9s ", name);
}

static void name(struct line *to, const char *text)
{
	line_name(to, text, strlen(text));
}

static void text(struct event *e, const char *key, const char *s)
{
	event_string(e, key, s, strlen(s));
}

static const char *taken(const struct hello *h, char out[static CLOCK_TEXT])
{
	return clock_format(out, (struct timespec){ .tv_sec = (time_t)h->taken });
}

static void begin(const struct listing *l)
{
	const struct hello *h = archive_hello(l->archive);
	struct line *to = output_line(l->out);
	char when[CLOCK_TEXT];
	if (!to)
		return;
	name(to, archive_shown(l->archive));
	line_add(to, ": an archive of %s, %s\n", h->engine,
		 figure_bytes(archive_bytes(l->archive), true).text);
	label(to, "taken");
	line_add(to, "%s by dbdump ", taken(h, when));
	name(to, h->program);
	line_add(to, "%s%s%s\n", h->schema_only ? ", definitions alone" : "",
		 h->data_only ? ", rows alone" : "", h->users ? ", with users" : "");
	for (size_t i = 0; i < h->only.count; i++) {
		label(to, i ? "" : "only");
		name(to, h->only.at[i]);
		line_add(to, "\n");
	}
	for (size_t i = 0; i < h->except.count; i++) {
		label(to, i ? "" : "except");
		name(to, h->except.at[i]);
		line_add(to, "\n");
	}
	output_end(l->out);
}

static void tell_table(const struct listing *l, const struct table *t, const struct extent *e)
{
	struct line *to = l->o->verbose ? output_line(l->out) : NULL;
	struct event *event = output_event(l->out);
	if (to) {
		label(to, "");
		line_add(to, "  ");
		name(to, t->schema);
		line_add(to, ".");
		name(to, t->name);
		line_add(to, ": %s rows, %s%s\n", figure_count(e->total.rows).text,
			 figure_bytes(e->total.bytes, false).text, e->lacks ? ", NOT WHOLE" : "");
		output_end(l->out);
	}
	if (!event)
		return;
	event_begin(event, "item");
	text(event, "schema", t->schema);
	text(event, "item", t->name);
	event_u64(event, "rows", e->total.rows);
	event_u64(event, "bytes", e->total.bytes);
	event_bool(event, "whole", !e->lacks);
	output_end_event(l->out);
}

static void add_table(struct listing *l, const struct table *t, const struct extent *e)
{
	char which[512];
	if (t->rows_kind == ROWS_NONE && e->count == 0 && !l->o->verbose && !l->o->json)
		return;
	l->rows += e->total.rows;
	l->bytes += e->total.bytes;
	tell_table(l, t, e);
	snprintf(which, sizeof which, "%s.%s", t->schema, t->name);
	if (e->lacks)
		archive_damaged(l->archive, "rows", which, e->lacks);
}

static void tell_section(const struct listing *l, const struct section *s)
{
	struct line *to = output_line(l->out);
	if (!to)
		return;
	label(to, "database");
	for (size_t i = 0; i < s->databases.count; i++) {
		line_add(to, i ? ", " : "");
		name(to, s->databases.at[i]);
	}
	line_add(to, ": %s tables, %s other objects\n", figure_count(s->catalog.table_count).text,
		 figure_count(s->catalog.object_count).text);
	label(to, "from");
	name(to, s->info.version);
	line_add(to, "\n");
	label(to, "snapshot");
	name(to, s->snapshot.how);
	if (*s->snapshot.position) {
		line_add(to, ", at ");
		name(to, s->snapshot.position);
	}
	line_add(to, "\n");
	for (size_t i = 0; i + 1 < s->catalog.left_out.count; i += 2) {
		label(to, i ? "" : "left out");
		name(to, s->catalog.left_out.at[i]);
		line_add(to, ".");
		name(to, s->catalog.left_out.at[i + 1]);
		line_add(to, "\n");
	}
	output_end(l->out);
}

static int list_section(struct listing *l, unsigned number, const struct archived *archived, struct err *err)
{
	struct section s = { 0 };
	struct strings failed;
	int rc = archive_section(l->archive, &s, number, archived, err);
	struct extent *e = rc == 0 ? extents_new(l->archive, number, &s) : NULL;
	if (rc == 0 && !e)
		rc = err_set(err, -ENOMEM, "%s", archive_shown(l->archive));
	if (!archive_over(l->archive, number, &failed))
		archive_damaged(l->archive, "archive", archive_shown(l->archive), ARCHIVE_NO_OVER);
	archive_failed(l->archive, &failed);
	strings_fini(&failed);
	if (rc == 0)
		tell_section(l, &s);
	for (size_t i = 0; rc == 0 && i < s.catalog.table_count; i++)
		add_table(l, &s.catalog.tables[i], &e[i]);
	l->tables += s.catalog.table_count;
	extents_free(e, s.catalog.table_count);
	section_fini(&s);
	return rc;
}

/* What is damaged of one database is no reason not to look at the next. */
static int list_all(struct listing *l, const struct archived *archived, struct err *err)
{
	const struct hello *h = archive_hello(l->archive);
	size_t sections = h->one_section ? 1 : h->databases.count;
	int rc = 0;
	begin(l);
	for (size_t i = 0; i < sections && rc == 0; i++) {
		rc = list_section(l, (unsigned)i, archived, err);
		if (rc == -EBADMSG) {
			archive_damaged(l->archive, "database", h->one_section ? "all" : h->databases.at[i],
					err->text);
			*err = (struct err){ 0 };
			rc = 0;
		}
	}
	return rc;
}

static void end(const struct listing *l)
{
	struct line *to = output_line(l->out);
	if (!to)
		return;
	label(to, "in all");
	line_add(to, "%s tables, %s rows, %s as lines\n", figure_count(l->tables).text,
		 figure_count(l->rows).text, figure_bytes(l->bytes, false).text);
	output_end(l->out);
}

static void tell_damages(const struct listing *l)
{
	const struct strings *d = archive_damages(l->archive);
	for (size_t i = 0; i + 2 < d->count; i += 3)
		output_failure(l->out, &(struct failure){ .kind = d->at[i],
							  .name = d->at[i + 1],
							  .code = -EBADMSG,
							  .text = d->at[i + 2] });
}

static void tell_report(const struct listing *l, const struct err *err, int status)
{
	struct event *e = output_event(l->out);
	char when[CLOCK_TEXT];
	if (!e)
		return;
	event_begin(e, "report");
	event_text(e, "verb", "list");
	event_bool(e, "ok", status == EXIT_OK);
	event_i64(e, "exit", status);
	event_text(e, "meaning", meaning_of(status));
	text(e, "reason", err->text);
	if (l->archive) {
		const struct hello *h = archive_hello(l->archive);
		text(e, "engine", h->engine);
		event_text(e, "taken", taken(h, when));
		event_u64(e, "archive_bytes", archive_bytes(l->archive));
		event_open_array(e, "databases");
		for (size_t i = 0; i < h->databases.count; i++) {
			event_open(e, NULL);
			text(e, "name", h->databases.at[i]);
			event_close(e);
		}
		event_close(e);
		event_u64(e, "tables", l->tables);
		event_u64(e, "rows", l->rows);
		event_u64(e, "bytes", l->bytes);
	}
	output_end_event(l->out);
}

int cmd_list(const struct options *o, const struct strings *operands)
{
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(output_closep) struct output *out = NULL;
	struct err err = { 0 };
	if (output_open(&out, o, "list", &err) < 0) {
		process_complain("dbdump", err.text);
		return ends_status(err.code);
	}
	struct listing l = { .o = o, .out = out };
	int rc = ends_parse(&ends, operands, ARGS_LIST, &err);
	l.archive = ends.archives[0];
	if (rc == 0 && archive_stream(l.archive))
		rc = err_say(&err, -EINVAL, "%s: list reads an archive from a file, not from a pipe",
			     ends.at[0].shown);
	if (rc == 0)
		rc = list_all(&l, ends.archived, &err);
	if (rc == 0)
		end(&l);
	else
		output_error(out, err.text);
	if (l.archive)
		tell_damages(&l);
	int status = rc < 0 ? ends_status(rc) : archive_damages(l.archive)->count ? EXIT_PARTIAL : EXIT_OK;
	tell_report(&l, &err, status);
	return status == EXIT_OK && output_failed(out) ? EXIT_FILE_IO : status;
}
