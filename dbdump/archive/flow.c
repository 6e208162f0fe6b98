#include "dbdump/archive/flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archive/lane.h"
#include "dbdump/archive/mixed.h"
#include "dbdump/archive/source.h"
#include "dbdump/lines.h"
#include "xfer/base/fd.h"
#include "xfer/base/figure.h"

/* What was read of a part so far. */
struct flow_part {
	struct rows_digest read;
	bool over;
};

/* The calling thread's. */
struct reading {
	struct flow flow;
	const struct options *options;
	struct session *source;
	struct archive *archive;
	unsigned section;
	struct payload payload;
	struct flow_part *parts;
	size_t part_count;
	struct buf lines; /* of the record, or of those whose row is not whole yet */
	struct record of; /* the record that they are of */
	bool place;	  /* the gate's, for the large row in them */
	bool broken;	  /* what follows in lines lacks its begin */
	bool over;
};

static const struct workers_job *job_of(const struct reading *r)
{
	return r->flow.job;
}

/* Rows of the table are not there: its failure, or noted, and the others go. */
static void lacks(struct reading *r, size_t table, uint32_t part, const char *what)
{
	const struct table *t = &job_of(r)->catalog->tables[table];
	const char *where = source_where(r->source, part);
	char text[ERR_TEXT], name[512];
	struct err err;
	snprintf(text, sizeof text, where[0] ? "%s, of those where %.150s" : "%s", what, where);
	if (r->options->damaged == DAMAGED_SKIP) {
		snprintf(name, sizeof name, "%s.%s", t->schema, t->name);
		archive_damaged(r->archive, "rows", name, text);
		return;
	}
	err_say(&err, -EBADMSG, "%s: %s; --damaged=skip loads the others", archive_shown(r->archive), text);
	flow_fail(&r->flow, table, &err);
}

static bool has_failed(struct reading *r, size_t table)
{
	pthread_mutex_lock(&r->flow.lock);
	bool failed = r->flow.tables[table].failed;
	pthread_mutex_unlock(&r->flow.lock);
	return failed;
}

/* Its rows did not come as rows. */
static bool is_in(const struct reading *r, size_t table)
{
	return job_of(r)->in && job_of(r)->in[table];
}

/* Lanes. The lock is held. */

static struct lane *lane_of(struct flow *f, uint32_t part)
{
	for (unsigned i = 0; i < f->count; i++)
		if (f->lanes[i].busy && f->lanes[i].queue && !f->lanes[i].closed && f->lanes[i].part == part)
			return &f->lanes[i];
	return NULL;
}

static struct lane *idle_lane(struct flow *f)
{
	struct lane *oldest = NULL;
	bool closing = false;
	for (unsigned i = 0; i < f->count; i++) {
		struct lane *l = &f->lanes[i];
		if (!l->busy)
			return l;
		closing = closing || l->closed;
		if (l->queue && !l->closed && (!oldest || l->turn < oldest->turn))
			oldest = l;
	}
	if (oldest && !closing)
		lane_close(oldest);
	return NULL;
}

/* The lane that writes this part; NULL: the run stops, or no memory. */
static struct lane *find_lane(struct reading *r, uint32_t part, size_t table, struct err *err)
{
	struct flow *f = &r->flow;
	pthread_mutex_lock(&f->lock);
	struct lane *l = lane_of(f, part);
	while (!l && !watch_stopped(job_of(r)->watch, NULL)) {
		struct lane *idle = idle_lane(f);
		if (!idle)
			cond_wait_ms(&f->changed, &f->lock, 100);
		else if (lane_begin(idle, part, table, err) < 0)
			break;
		else
			l = idle;
	}
	if (l)
		l->turn = ++f->turn;
	pthread_mutex_unlock(&f->lock);
	return l;
}

/* Rows. */

static void give_place(struct reading *r)
{
	if (r->place)
		gate_give_place(job_of(r)->gate);
	r->place = false;
}

static void count_progress(struct reading *r, size_t table, size_t len)
{
	struct flow *f = &r->flow;
	pthread_mutex_lock(&f->lock);
	uint64_t left = job_of(r)->catalog->tables[table].data_bytes - f->tables[table].counted;
	uint64_t done = len < left ? len : left;
	f->tables[table].counted += done;
	watch_done(job_of(r)->watch, done, 0, len);
	pthread_mutex_unlock(&f->lock);
}

/* Hands the lines on. 0, or -errno when the run is over. */
static int put_lines(struct reading *r, struct err *err)
{
	size_t table = r->of.table, len = r->lines.len;
	struct flow_part *p = &r->parts[r->of.part];
	struct rows_digest digest = { 0 };
	rows_digest_lines(&digest, r->lines.data, len);
	if (!len || digest.rows != r->of.rows ||
	    !lines_are_rows(r->lines.data, len, job_of(r)->catalog->tables[table].column_count)) {
		lacks(r, table, r->of.part, "rows are damaged");
		return 0;
	}
	rows_digest_merge(&p->read, &digest);
	if (has_failed(r, table))
		return 0;
	if (gate_pass(job_of(r)->gate, len) < 0)
		return err_say(err, -ECANCELED, "stopped");
	struct lane *l = find_lane(r, r->of.part, table, err);
	if (!l)
		return err->code ? err->code : err_say(err, -ECANCELED, "stopped");
	if (len >= GATE_LARGE && !r->place && gate_take_place(job_of(r)->gate) < 0)
		return err_say(err, -ECANCELED, "stopped");
	r->place = false; /* it goes with them */
	rows_digest_merge(&job_of(r)->tables[table].source, &digest);
	count_progress(r, table, len);
	if (lane_push(l, &r->lines, digest.rows, len >= GATE_LARGE) <
	    0) { /* its table has failed, and said why */
		pthread_mutex_lock(&r->flow.lock);
		lane_close(l);
		pthread_mutex_unlock(&r->flow.lock);
	}
	return 0;
}

static void drop_lines(struct reading *r)
{
	buf_clear(&r->lines);
	give_place(r);
}

/* A record's rows, or a piece of a large one. */
static int take_rows(struct reading *r, const struct found *f, struct err *err)
{
	const struct record *now = &f->record;
	bool goes_on = r->lines.len > 0 || r->broken;
	if (goes_on && (f->missing || r->of.part != now->part || !(now->flags & RECORD_REST))) {
		/* the rest of a row is missing: its part's count will tell */
		drop_lines(r);
		goes_on = false;
	}
	/* and so where its begin is */
	if (!goes_on)
		r->broken = now->flags & RECORD_REST;
	r->of = *now;
	if ((now->flags & RECORD_MORE) && !r->place) {
		if (gate_take_place(job_of(r)->gate) < 0)
			return err_say(err, -ECANCELED, "stopped");
		r->place = true;
	}
	int rc = r->broken ? 0 : payload_unpack(&r->payload, now, &r->lines);
	if (rc == -ENOMEM)
		return err_set(err, rc, "%s", archive_shown(r->archive));
	r->broken = r->broken || rc < 0;
	if (now->flags & RECORD_MORE)
		return 0;
	if (!r->broken)
		rc = put_lines(r, err);
	else
		rc = 0;
	r->broken = false;
	drop_lines(r);
	return rc;
}

/* Its count tells what was damaged or missing. */
static void check_part(struct reading *r, const struct record *now)
{
	AUTO(buf_fini) struct buf b;
	struct part_over over;
	const struct flow_part *p = &r->parts[now->part];
	char what[ERR_TEXT + 64];
	buf_init(&b, RECORD_MOST);
	if (payload_unpack(&r->payload, now, &b) < 0 || part_over_unpack(&over, b.data, b.len) < 0)
		snprintf(what, sizeof what, "how many rows there were is damaged");
	else if (over.error[0])
		snprintf(what, sizeof what, "the dump could not read all rows: %s", over.error);
	else if (is_in(r, now->table)) {
		rows_digest_merge(&job_of(r)->tables[now->table].source, &over.digest);
		return;
	} else if (!rows_digest_equal(&p->read, &over.digest))
		snprintf(what, sizeof what, "rows are damaged or missing: %s of %s are there",
			 figure_count(p->read.rows).text, figure_count(over.digest.rows).text);
	else
		return;
	lacks(r, now->table, now->part, what);
}

static void end_part(struct reading *r, uint32_t part, size_t table)
{
	struct flow *f = &r->flow;
	pthread_mutex_lock(&f->lock);
	struct lane *l = lane_of(f, part);
	if (l)
		lane_close(l);
	r->parts[part].over = true;
	f->tables[table].parts_left--;
	flow_settle(f, table);
	pthread_mutex_unlock(&f->lock);
}

/* Is it of a part that this section has, of that table, and that goes on? */
static bool is_known(const struct reading *r, const struct record *now)
{
	return now->part < r->part_count && !r->parts[now->part].over &&
	       source_table(r->source, now->part) == now->table;
}

/* With what failed in the dump. */
static void take_over(struct reading *r, const struct record *now)
{
	AUTO(strings_fini) struct strings failed = { 0 };
	r->over = !(now->flags & RECORD_MORE);
	if (!(now->flags & RECORD_REST))
		drop_lines(r);
	int rc = payload_unpack(&r->payload, now, &r->lines);
	if (!r->over)
		return;
	if (rc < 0 || failed_unpack(&failed, r->lines.data, r->lines.len) < 0)
		archive_damaged(r->archive, "archive", archive_shown(r->archive), ARCHIVE_NO_OVER);
	archive_failed(r->archive, &failed);
	drop_lines(r);
}

static int take_record(struct reading *r, const struct found *f, struct err *err)
{
	const struct record *now = &f->record;
	if (now->section != r->section || now->type >= RECORD_INDEX) {
		r->over = now->type >= RECORD_INDEX || now->section > r->section;
		if (r->over)
			stream_again(archive_stream(r->archive));
		return 0;
	}
	if (now->type == RECORD_OVER) {
		take_over(r, now);
		return 0;
	}
	if (!is_known(r, now))
		return 0;
	if (now->type == RECORD_ROWS) /* none is there twice, whatever comes */
		return is_in(r, now->table) ? 0 : take_rows(r, f, err);
	if (now->type == RECORD_PART) {
		drop_lines(r);
		check_part(r, now);
		end_part(r, now->part, now->table);
	}
	return 0;
}

static int read_all(struct reading *r, struct err *err)
{
	struct found f;
	int rc = 0;
	while (!r->over && (rc = stream_next(archive_stream(r->archive), &r->payload, &f, err)) > 0) {
		if (f.missing) {
			char text[128];
			snprintf(text, sizeof text, "%s records are damaged or missing before byte %llu",
				 figure_count(f.missing).text, (unsigned long long)f.offset);
			archive_damaged(r->archive, "archive", archive_shown(r->archive), text);
		}
		rc = take_record(r, &f, err);
		if (rc == 0)
			rc = watch_stopped(job_of(r)->watch, err);
		if (rc < 0)
			break;
	}
	if (rc == 0 && !r->over)
		archive_damaged(r->archive, "archive", archive_shown(r->archive), "it is cut short");
	give_place(r);
	return rc < 0 ? rc : 0;
}

/* Parts that did not end in the archive. */
static void end_rest(struct reading *r)
{
	for (size_t i = 0; i < r->part_count; i++) {
		char what[128];
		size_t table = source_table(r->source, (uint32_t)i);
		if (r->parts[i].over)
			continue;
		snprintf(what, sizeof what, "rows are missing: it is cut short after row %s",
			 figure_count(r->parts[i].read.rows).text);
		lacks(r, table, (uint32_t)i, what);
		end_part(r, (uint32_t)i, table);
	}
}

static void end_lanes(struct reading *r, bool whole)
{
	struct flow *f = &r->flow;
	if (whole)
		end_rest(r);
	pthread_mutex_lock(&f->lock);
	for (unsigned i = 0; i < f->count; i++) {
		if (f->lanes[i].queue && !whole)
			queue_abort(f->lanes[i].queue);
		lane_close(&f->lanes[i]);
	}
	/* those that write still may make statements due */
	for (unsigned i = 0; i < f->count; i++)
		while (f->lanes[i].busy)
			cond_wait(&f->changed, &f->lock);
	f->ends = true;
	cond_wake_all(&f->changed);
	pthread_mutex_unlock(&f->lock);
	for (unsigned i = 0; i < f->count; i++)
		lane_join(&f->lanes[i]);
}

static void expect_table(struct reading *r, size_t i)
{
	const struct workers_job *job = job_of(r);
	uint64_t bytes = job->catalog->tables[i].data_bytes;
	watch_expect(job->watch, is_in(r, i) ? 0 : bytes, 1);
	if (!is_in(r, i))
		return;
	r->flow.tables[i].counted = bytes;
	r->flow.tables[i].failed = job->tables[i].verdict == VERDICT_FAILED;
	r->flow.tables[i].unread = r->options->verify == VERIFY_NONE;
}

static void expect(struct reading *r)
{
	const struct workers_job *job = job_of(r);
	for (size_t i = 0; i < r->part_count; i++)
		r->flow.tables[source_table(r->source, (uint32_t)i)].parts_left++;
	for (size_t i = 0; i < job->catalog->table_count; i++)
		expect_table(r, i);
	for (size_t i = 0; i < job->script->count; i++)
		watch_expect(job->watch, 0, job->script->statements[i].phase == PHASE_LOADED);
	if (job->last)
		watch_all_known(job->watch);
	for (size_t i = 0; i < job->catalog->table_count; i++)
		flow_settle(&r->flow, i);
}

static int run(struct reading *r, struct err *err)
{
	struct flow *f = &r->flow;
	int rc = 0;
	expect(r);
	for (; f->count < job_of(r)->writers && rc == 0; f->count += rc == 0)
		rc = lane_start(&f->lanes[f->count], f, f->count, err);
	if (rc == 0)
		rc = read_all(r, err);
	if (rc < 0 && rc != -ECANCELED)
		watch_stop(job_of(r)->watch, err);
	end_lanes(r, rc == 0);
	return watch_stopped(job_of(r)->watch, err);
}

int flow_run(const struct workers_job *job, struct err *err)
{
	struct session *source = mixed_source(job->source);
	CHECK(source);
	struct reading r = { .flow.job = job,
			     .options = source_options(source),
			     .source = source,
			     .archive = source_archive(source),
			     .section = source_section(source),
			     .part_count = source_parts(source) };
	AUTO(fd_free_buffer)
	struct flow_table *tables = calloc(job->catalog->table_count + 1, sizeof *tables);
	AUTO(fd_free_buffer) struct lane *lanes = calloc(job->writers, sizeof *lanes);
	AUTO(fd_free_buffer) struct flow_part *parts = calloc(r.part_count + 1, sizeof *parts);
	if (!tables || !lanes || !parts || payload_init(&r.payload) < 0)
		return err_set(err, -ENOMEM, "%s", archive_shown(r.archive));
	r.flow.tables = tables;
	r.flow.lanes = lanes;
	r.parts = parts;
	buf_init(&r.lines, SIZE_MAX / 4);
	pthread_mutex_init(&r.flow.lock, NULL);
	int rc = run(&r, err);
	pthread_mutex_destroy(&r.flow.lock);
	buf_fini(&r.lines);
	payload_fini(&r.payload);
	return rc;
}
