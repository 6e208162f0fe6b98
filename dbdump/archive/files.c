#include "dbdump/archive/files.h"

#include <errno.h>

#include "dbdump/archive/archive.h"
#include "xfer/wire/frame.h"

int files_await(const struct run *r, struct buf *said, struct err *err)
{
	const struct observer *o = r->job.observer;
	int rc = o->go ? 0 : 1;
	buf_clear(said);
	while (rc == 0 && (rc = watch_stopped(r->watch, err)) == 0)
		rc = o->go(o->ctx, said, err);
	return rc < 0 ? rc : 0;
}

/* The source's end. */

static int put(void *ctx, const struct piece *piece, struct err *err)
{
	struct files_out *f = ctx;
	const struct record r = {
		.type = RECORD_FILE, .table = piece->file, .part = piece->chunk, .rows = piece->kind
	};
	struct payload *p = lanes_take(f->lanes);
	int rc = writer_put(f->writer, p, &r, piece->data, piece->len, err);
	lanes_give(f->lanes, p);
	return rc ? watch_stop(f->watch, err) : 0;
}

int files_ship(struct files_out *f, const struct run *r, struct session *source, struct err *err)
{
	buf_init(&f->offer, FRAME_MAX);
	f->begun = true;
	int rc = files_await(r, &f->offer, err);
	if (rc < 0)
		return rc;
	if (!f->offer.len || f->offer.data[0] > VERIFY_NONE)
		return err_say(err, -EBADMSG, "what the destination offers does not parse");
	f->verify = f->offer.data[0];
	f->out = (struct ferry_out){ .offer = f->offer.data + 1,
				     .offer_len = f->offer.len - 1,
				     .put = put,
				     .ctx = f,
				     .gate = r->gate,
				     .watch = r->watch };
	return r->engine->ferry->ship(source, &f->out, err);
}

void files_fini(struct files_out *f)
{
	if (f->begun)
		buf_fini(&f->offer);
}

/* The destination's end. */

static int offer(const struct run_job *job, struct session *target, struct watch *watch, struct err *err)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, FRAME_MAX - 1);
	buf_u8(&b, (uint8_t)job->options->verify);
	int rc = job->engine->ferry->offer(target, &b, err);
	if (rc == 0 && b.failed)
		rc = err_set(err, -ENOMEM, "files");
	if (rc == 0 && ferry_wanted(job->engine, job->options))
		watch_answer(watch, b.data, b.len);
	return rc;
}

/* One that is damaged is missing, and so its file is not whole. */
static int take(const struct run_job *job, struct session *target, struct payload *p, const struct record *r,
		struct buf *b, struct err *err)
{
	buf_clear(b);
	int rc = payload_unpack(p, r, b);
	if (rc == -EBADMSG)
		return 0;
	if (rc < 0)
		return err_set(err, rc, "files");
	const struct piece piece = {
		.kind = r->rows, .file = r->table, .chunk = r->part, .data = b->data, .len = b->len
	};
	return job->engine->ferry->receive(target, &piece, err);
}

static int take_all(const struct run_job *job, struct session *target, struct watch *watch, struct payload *p,
		    struct err *err)
{
	AUTO(buf_fini) struct buf b;
	struct stream *s = archive_stream(job->uris[0]->archive);
	struct found f;
	int rc;
	buf_init(&b, RECORD_MOST);
	while ((rc = stream_next(s, p, &f, err)) > 0) {
		if (f.record.type != RECORD_FILE) {
			stream_again(s);
			return 0;
		}
		rc = take(job, target, p, &f.record, &b, err);
		if (rc == 0)
			rc = watch_stopped(watch, err);
		if (rc < 0)
			return rc;
		watch_done(watch, 0, 0, f.record.stored);
	}
	return rc;
}

int files_take(const struct run_job *job, struct session *target, struct watch *watch, struct err *err)
{
	struct payload p;
	int rc = offer(job, target, watch, err);
	if (rc < 0)
		return rc;
	if (payload_init(&p) < 0)
		rc = err_set(err, -ENOMEM, "files");
	watch_phase(watch, "files");
	if (rc == 0)
		rc = take_all(job, target, watch, &p, err);
	payload_fini(&p);
	return rc;
}
