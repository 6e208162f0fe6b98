#include "dbdump/archive/mixed.h"

#include <errno.h>
#include <stdlib.h>

#include "dbdump/archive/source.h"
#include "dbdump/ferry.h"

struct session {
	const struct engine *engine; /* whose it is */
	struct session *own;
};

int mixed_databases(const struct mixed_kind *k, struct strings *out, const struct uri *uri,
		    const struct options *o, struct err *err)
{
	return uri->kind == URI_ARCHIVE ? source_databases(out, uri, o, err)
					: k->engine->databases(out, uri, o, err);
}

int mixed_open(const struct mixed_kind *k, struct session **out, const struct session_job *job,
	       struct err *err)
{
	bool archive = job->uri->kind == URI_ARCHIVE;
	struct session *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "%s", job->uri->shown);
	s->engine = archive ? &source_engine : k->engine;
	int rc = archive ? source_open(&s->own, job, k->archived, err) : k->engine->open(&s->own, job, err);
	if (rc < 0)
		free(s);
	else
		*out = s;
	return rc;
}

struct session *mixed_server(struct session *s)
{
	return s->engine == &source_engine ? NULL : s->own;
}

struct session *mixed_source(struct session *s)
{
	return s->engine == &source_engine ? s->own : NULL;
}

static void mixed_close(struct session *s)
{
	if (!s)
		return;
	s->engine->close(s->own);
	free(s);
}

static int mixed_info(struct session *s, struct server_info *out, struct err *err)
{
	return s->engine->info(s->own, out, err);
}

static int mixed_mark(struct session *s, char *out, struct err *err)
{
	return s->engine->mark(s->own, out, err);
}

static int mixed_marked(struct session *s, const char *mark, bool *same, struct err *err)
{
	return s->engine->marked(s->own, mark, same, err);
}

static int mixed_snapshot(struct session *s, struct snapshot *out, struct err *err)
{
	return s->engine->snapshot(s->own, out, err);
}

static int mixed_catalog(struct session *s, struct catalog *out, struct err *err)
{
	return s->engine->catalog(s->own, out, err);
}

static int mixed_script(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	return s->engine->script(s->own, c, out, err);
}

static int mixed_split(struct session *s, const struct table *t, uint64_t bytes, struct parts *out,
		       struct err *err)
{
	return s->engine->split(s->own, t, bytes, out, err);
}

static int mixed_read_begin(struct session *s, unsigned conn, const struct table *t, const char *where,
			    struct err *err)
{
	return s->engine->read_begin(s->own, conn, t, where, err);
}

static int mixed_read(struct session *s, unsigned conn, struct buf *lines, struct err *err)
{
	return s->engine->read(s->own, conn, lines, err);
}

static int mixed_read_end(struct session *s, unsigned conn, struct err *err)
{
	return s->engine->read_end(s->own, conn, err);
}

static int mixed_count(struct session *s, unsigned conn, const struct table *t, uint64_t *rows,
		       struct err *err)
{
	return s->engine->count(s->own, conn, t, rows, err);
}

/* An archive has no connection that is lost. */
static int mixed_mend(struct session *s, unsigned conn, struct err *err)
{
	return s->engine->mend ? s->engine->mend(s->own, conn, err) : 0;
}

static int mixed_settle(struct session *s, unsigned conn, const struct table *t, const struct feed *part,
			bool *in, struct err *err)
{
	return s->engine->settle(s->own, conn, t, part, in, err);
}

static int mixed_prepare(struct session *s, struct err *err)
{
	return s->engine->prepare(s->own, err);
}

static int mixed_noted(struct session *s, uint64_t **numbers, size_t *count, struct err *err)
{
	return s->engine->noted(s->own, numbers, count, err);
}

static int mixed_note(struct session *s, uint64_t number, struct err *err)
{
	return s->engine->note(s->own, number, err);
}

static int mixed_keeps(struct session *s, const struct table *t, const uint64_t *parts, size_t count,
		       bool *kept, struct err *err)
{
	return s->engine->keeps(s->own, t, parts, count, kept, err);
}

static int mixed_execute(struct session *s, unsigned conn, const struct statement *st, struct err *err)
{
	return s->engine->execute(s->own, conn, st, err);
}

static int mixed_import(struct session *s, unsigned conn, const struct table *t, bool *in, struct err *err)
{
	return s->engine->import(s->own, conn, t, in, err);
}

static int mixed_offer(struct session *s, struct buf *out, struct err *err)
{
	return s->engine->ferry->offer(s->own, out, err);
}

static int mixed_receive(struct session *s, const struct piece *p, struct err *err)
{
	return s->engine->ferry->receive(s->own, p, err);
}

static void mixed_arrived(struct session *s, struct catalog *c)
{
	s->engine->ferry->arrived(s->own, c);
}

/* Of a target: an archive ships nothing. */
static const struct ferry mixed_ferry = {
	.offer = mixed_offer,
	.receive = mixed_receive,
	.arrived = mixed_arrived,
};

static int mixed_write(struct session *s, unsigned conn, const struct table *t, struct feed *feed,
		       uint64_t *rows, struct err *err)
{
	return s->engine->write(s->own, conn, t, feed, rows, err);
}

static int mixed_finish(struct session *s, struct err *err)
{
	return s->engine->finish(s->own, err);
}

static unsigned mixed_load(struct session *s)
{
	return s->engine->load(s->own);
}

static void mixed_cancel(struct session *s)
{
	s->engine->cancel(s->own);
}

struct engine mixed_engine(const struct engine *engine)
{
	return (struct engine){
		.name = engine->name,
		.spans = engine->spans,
		.close = mixed_close,
		.info = mixed_info,
		.mark = mixed_mark,
		.marked = mixed_marked,
		.snapshot = mixed_snapshot,
		.catalog = mixed_catalog,
		.script = mixed_script,
		.split = mixed_split,
		.read_begin = mixed_read_begin,
		.read = mixed_read,
		.read_end = mixed_read_end,
		.count = mixed_count,
		.mend = engine->mend ? mixed_mend : NULL,
		.settle = engine->settle ? mixed_settle : NULL,
		.prepare = mixed_prepare,
		.noted = mixed_noted,
		.note = mixed_note,
		.keeps = engine->keeps ? mixed_keeps : NULL,
		.execute = mixed_execute,
		.import = engine->import ? mixed_import : NULL,
		.write = mixed_write,
		.finish = mixed_finish,
		.row_name = engine->row_name,
		.load = mixed_load,
		.cancel = mixed_cancel,
		.ferry = engine->ferry ? &mixed_ferry : NULL,
	};
}
