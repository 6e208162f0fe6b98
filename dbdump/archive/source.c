#include "dbdump/archive/source.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archive/extent.h"
#include "dbdump/lines.h"

/* One connection's reading. */
struct cursor {
	const struct extent *extent; /* NULL: it reads nothing */
	const struct table *table;
	size_t at, end;
	struct payload payload; /* made by the first read */
};

struct session {
	struct session_job job;
	struct archive *archive;
	unsigned number;
	struct section section;	    /* catalog and script until they are asked for */
	const struct table *tables; /* of the catalog, whoever has it */
	size_t table_count;
	struct extent *extents; /* of a file */
	struct cursor *cursors;
	atomic_bool cancelled;
};

struct archive *source_archive(const struct session *s)
{
	return s->archive;
}

unsigned source_section(const struct session *s)
{
	return s->number;
}

const struct options *source_options(const struct session *s)
{
	return s->job.options;
}

size_t source_parts(const struct session *s)
{
	return s->section.part_count;
}

uint32_t source_table(const struct session *s, uint32_t part)
{
	return s->section.parts[part].table;
}

const char *source_where(const struct session *s, uint32_t part)
{
	return part < s->section.part_count ? s->section.parts[part].where : "";
}

int source_databases(struct strings *out, const struct uri *uri, const struct options *o, struct err *err)
{
	const struct strings *names = &archive_hello(uri->archive)->databases;
	(void)o;
	*out = (struct strings){ 0 };
	for (size_t i = 0; i < names->count; i++)
		if (strings_add(out, names->at[i], strlen(names->at[i]))) {
			strings_fini(out);
			return err_set(err, -ENOMEM, "%s", uri->shown);
		}
	return 0;
}

static void source_close(struct session *s)
{
	if (!s)
		return;
	for (unsigned i = 0; s->cursors && i < s->job.connections; i++)
		payload_fini(&s->cursors[i].payload);
	free(s->cursors);
	extents_free(s->extents, s->table_count);
	section_fini(&s->section);
	free(s);
}

static void look_at_end(struct session *s)
{
	struct strings failed;
	if (!archive_over(s->archive, s->number, &failed))
		archive_damaged(s->archive, "archive", archive_shown(s->archive), ARCHIVE_NO_OVER);
	archive_failed(s->archive, &failed);
	strings_fini(&failed);
}

/* A database may be missing because the dump could not read it: then it says why. */
static int no_section(struct archive *a, unsigned section, const char *database, struct err *err)
{
	AUTO(strings_fini) struct strings failed = { 0 };
	if (err->code == -EBADMSG && !archive_stream(a) && archive_over(a, section, &failed) && failed.count)
		return err_say(err, -EBADMSG, "%s: the dump could not read %s: %s", archive_shown(a),
			       database, failed.at[2]);
	return err->code;
}

int source_open(struct session **out, const struct session_job *job, const struct archived *archived,
		struct err *err)
{
	struct session *s = calloc(1, sizeof *s);
	if (!s || !(s->cursors = calloc(job->connections ? job->connections : 1, sizeof *s->cursors))) {
		free(s);
		return err_set(err, -ENOMEM, "%s", job->uri->shown);
	}
	s->job = *job;
	s->archive = job->uri->archive;
	int number = archive_find(s->archive, job->databases->at[0]);
	int rc = number < 0 ? err_say(err, -ENOENT, "%s has no database %s", job->uri->shown,
				      job->databases->at[0])
			    : archive_section(s->archive, &s->section, (unsigned)number, archived, err);
	if (rc < 0) {
		source_close(s);
		return number < 0
			       ? rc
			       : no_section(job->uri->archive, (unsigned)number, job->databases->at[0], err);
	}
	s->number = (unsigned)number;
	s->table_count = s->section.catalog.table_count;
	s->tables = s->section.catalog.tables;
	if (!archive_stream(s->archive)) {
		s->extents = extents_new(s->archive, s->number, &s->section);
		look_at_end(s);
		if (!s->extents) {
			source_close(s);
			return err_set(err, -ENOMEM, "%s", job->uri->shown);
		}
	}
	*out = s;
	return 0;
}

static int source_info(struct session *s, struct server_info *out, struct err *err)
{
	(void)err;
	*out = s->section.info;
	return 0;
}

static int source_mark(struct session *s, char *out, struct err *err)
{
	(void)err;
	snprintf(out, MARK_MOST, "%s", archive_stream(s->archive) ? s->section.mark : "");
	return 0;
}

static int source_snapshot(struct session *s, struct snapshot *out, struct err *err)
{
	(void)err;
	*out = s->section.snapshot;
	out->connections = s->job.connections;
	return 0;
}

/* The caller's from now on. */
static int source_catalog(struct session *s, struct catalog *out, struct err *err)
{
	(void)err;
	*out = s->section.catalog;
	s->section.catalog = (struct catalog){ 0 };
	return 0;
}

static int source_script(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	(void)c;
	(void)err;
	*out = s->section.script;
	s->section.script = (struct script){ 0 };
	return 0;
}

/* A piece begins where a record does that does not go on with another's row. */
static size_t piece_end(const struct extent *e, size_t from, size_t each)
{
	size_t to = from + each;
	while (to < e->count && (e->places[to - 1].flags & RECORD_MORE))
		to++;
	return to < e->count ? to : e->count;
}

/* "FROM TO", of the table's places. */
static int source_split(struct session *s, const struct table *t, uint64_t bytes, struct parts *out,
			struct err *err)
{
	*out = (struct parts){ 0 };
	if (!s->extents)
		return 0;
	const struct extent *e = &s->extents[t - s->tables];
	size_t pieces = (size_t)(t->data_bytes / bytes) + 1, each = e->count / pieces + 1;
	for (size_t from = 0, to; from < e->count; from = to) {
		char piece[64];
		to = piece_end(e, from, each);
		int n = snprintf(piece, sizeof piece, "%zu %zu", from, to);
		if (strings_add(&out->where, piece, (size_t)n))
			return err_set(err, -ENOMEM, "parts of a table");
	}
	return 0;
}

static bool skips(const struct session *s)
{
	return s->job.options->damaged == DAMAGED_SKIP;
}

static void name_of(char *out, size_t cap, const struct table *t)
{
	snprintf(out, cap, "%s.%s", t->schema, t->name);
}

/* Rows that are not there are a failure of their table; or all the others go, and it is said in the end. */
static int missing(struct session *s, const struct table *t, const char *what, struct err *err)
{
	char name[512];
	if (!skips(s))
		return err_say(err, -EBADMSG, "%s: %s; --damaged=skip loads the others",
			       archive_shown(s->archive), what);
	name_of(name, sizeof name, t);
	archive_damaged(s->archive, "rows", name, what);
	return 0;
}

static int source_read_begin(struct session *s, unsigned conn, const struct table *t, const char *where,
			     struct err *err)
{
	struct cursor *c = &s->cursors[conn];
	if (!s->extents)
		return err_say(err, -EIO, "%s: it came through a pipe, and cannot be read again",
			       archive_shown(s->archive));
	const struct extent *e = &s->extents[t - s->tables];
	*c = (struct cursor){ .extent = e, .table = t, .end = e->count, .payload = c->payload };
	if (where[0] && sscanf(where, "%zu %zu", &c->at, &c->end) != 2)
		return err_say(err, -EINVAL, "%s: no part of a table", where);
	if (!c->payload.compressor && payload_init(&c->payload) < 0)
		return err_set(err, -ENOMEM, "%s", archive_shown(s->archive));
	/* it is said once, with the first piece */
	if (e->lacks && (c->at == 0 || !skips(s)))
		return missing(s, t, e->lacks, err);
	return 0;
}

/* As many rows as it says, all whole: what comes from a file may be anything. */
static bool holds_rows(const struct table *t, const uint8_t *data, size_t len, uint32_t rows)
{
	uint32_t found = 0;
	for (size_t at = 0; at < len; found++)
		at += line_length(data + at, len - at);
	return len && found == rows && lines_are_rows(data, len, t->column_count);
}

/* The record at c->at, with those that go on with its row. -EBADMSG: lines are as they were. */
static int read_group(struct session *s, struct cursor *c, struct buf *lines, struct err *err)
{
	size_t before = lines->len, at = c->at;
	const struct extent *e = c->extent;
	int rc = extent_begins(e, at) ? 0 : -EBADMSG;
	while (rc == 0) {
		rc = archive_read(s->archive, &e->places[at], &c->payload, lines, err);
		if (rc < 0 || !extent_goes_on(e, at) || atomic_load(&s->cancelled))
			break;
		at++;
	}
	if (atomic_load(&s->cancelled))
		return err_say(err, -EINTR, "%s: interrupted", archive_shown(s->archive));
	while (extent_goes_on(e, at))
		at++;
	if (rc == 0 && ((e->places[at].flags & RECORD_MORE) ||
			!holds_rows(c->table, lines->data + before, lines->len - before, e->places[at].rows)))
		rc = -EBADMSG;
	if (rc < 0)
		lines->len = before;
	c->at = at + 1;
	return rc;
}

static int damaged_group(struct session *s, struct cursor *c, size_t at, struct err *err)
{
	char range[256], what[384];
	const struct place *p = &c->extent->places[at];
	extent_range(range, sizeof range, c->extent, at, source_where(s, p->part));
	snprintf(what, sizeof what, "%s are damaged (from byte %llu of the archive on)", range,
		 (unsigned long long)p->offset);
	return missing(s, c->table, what, err);
}

/* Rows of no part of their table are none: nobody counts them. */
static bool is_of_part(const struct session *s, const struct cursor *c, size_t at)
{
	uint32_t part = c->extent->places[at].part;
	return part < s->section.part_count && s->section.parts[part].table == c->table - s->tables;
}

static int source_read(struct session *s, unsigned conn, struct buf *lines, struct err *err)
{
	struct cursor *c = &s->cursors[conn];
	size_t before = lines->len;
	while (c->at < c->end && lines->len == before) {
		size_t at = c->at;
		if (c->extent->places[at].type != RECORD_ROWS || !is_of_part(s, c, at)) {
			c->at++;
			continue;
		}
		int rc = read_group(s, c, lines, err);
		if (rc == -EBADMSG)
			rc = damaged_group(s, c, at, err);
		if (rc < 0)
			return rc;
	}
	return lines->len > before;
}

static int source_read_end(struct session *s, unsigned conn, struct err *err)
{
	(void)err;
	s->cursors[conn].extent = NULL;
	return 0;
}

static int source_count(struct session *s, unsigned conn, const struct table *t, uint64_t *rows,
			struct err *err)
{
	(void)conn;
	if (!s->extents)
		return source_read_begin(s, conn, t, "", err);
	const struct extent *e = &s->extents[t - s->tables];
	*rows = e->total.rows;
	return e->lacks ? missing(s, t, e->lacks, err) : 0;
}

static unsigned source_load(struct session *s)
{
	(void)s;
	return 0;
}

static void source_cancel(struct session *s)
{
	struct stream *stream = archive_stream(s->archive);
	atomic_store(&s->cancelled, true);
	if (stream)
		stream_stop(stream);
}

const struct engine source_engine = {
	.name = "archive",
	.close = source_close,
	.info = source_info,
	.mark = source_mark,
	.snapshot = source_snapshot,
	.catalog = source_catalog,
	.script = source_script,
	.split = source_split,
	.read_begin = source_read_begin,
	.read = source_read,
	.read_end = source_read_end,
	.count = source_count,
	.load = source_load,
	.cancel = source_cancel,
};
