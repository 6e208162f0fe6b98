#include "dbdump/archive/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dbdump/archive/index.h"

struct writer {
	struct file *file;
	uint8_t id[FORMAT_ID];
	pthread_mutex_t lock; /* of what follows */
	uint64_t offset, number;
	struct buf index; /* places, packed; a few bytes a record */
	struct buf hello;
	struct place last;
	struct err failed;
};

/* All that stands in front of the index is written under the lock. */
static int write_locked(struct writer *w, const void *data, size_t len, struct err *err)
{
	if (w->failed.code == 0)
		file_write(w->file, data, len, &w->failed);
	if (w->failed.code) {
		*err = w->failed;
		return w->failed.code;
	}
	w->offset += len;
	return 0;
}

static int put_locked(struct writer *w, struct record *r, const uint8_t *stored, struct err *err)
{
	uint8_t head[RECORD_HEAD];
	const struct place p = place_of_record(r, w->offset);
	r->number = w->number++;
	record_pack(head, r, w->id);
	int rc = write_locked(w, head, sizeof head, err);
	if (rc == 0)
		rc = write_locked(w, stored, r->stored, err);
	if (rc == 0 && r->type < RECORD_INDEX) {
		place_pack(&w->index, &p, &w->last);
		w->last = p;
	}
	return rc == 0 && w->index.failed ? err_set(err, -ENOMEM, "the archive's index") : rc;
}

static int put_edge(struct writer *w, bool last, uint64_t offset, struct err *err)
{
	uint8_t edge[FORMAT_EDGE];
	struct edge e = { .last = last, .version = FORMAT_VERSION, .offset = offset };
	memcpy(e.id, w->id, sizeof e.id);
	edge_pack(edge, &e);
	return write_locked(w, edge, sizeof edge, err);
}

static int put_hello(struct writer *w, struct err *err)
{
	struct payload p = { 0 };
	const struct record r = { .type = RECORD_HELLO };
	int rc = payload_init(&p) < 0 ? err_set(err, -ENOMEM, "archive") : 0;
	if (rc == 0)
		rc = writer_put_long(w, &p, &r, w->hello.data, w->hello.len, err);
	payload_fini(&p);
	return rc;
}

int writer_new(struct writer **out, struct file *f, const struct hello *h, struct err *err)
{
	struct writer *w = calloc(1, sizeof *w);
	if (!w)
		return err_set(err, -ENOMEM, "archive");
	w->file = f;
	buf_init(&w->index, SIZE_MAX / 4);
	buf_init(&w->hello, SIZE_MAX / 4);
	hello_pack(&w->hello, h);
	pthread_mutex_init(&w->lock, NULL);
	int rc = w->hello.failed ? err_set(err, -ENOMEM, "archive") : 0;
	if (rc == 0 && getrandom(w->id, sizeof w->id, 0) != sizeof w->id)
		rc = err_set(err, -errno, "a random name");
	if (rc == 0)
		rc = put_edge(w, false, 0, err);
	if (rc == 0)
		rc = put_hello(w, err);
	if (rc < 0)
		writer_free(w);
	else
		*out = w;
	return rc;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	pthread_mutex_destroy(&w->lock);
	buf_fini(&w->index);
	buf_fini(&w->hello);
	free(w);
}

int writer_put(struct writer *w, struct payload *p, const struct record *r, const uint8_t *raw, size_t len,
	       struct err *err)
{
	struct record full = *r;
	payload_pack(p, &full, raw, len);
	pthread_mutex_lock(&w->lock);
	int rc = put_locked(w, &full, p->bytes, err);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

int writer_put_long(struct writer *w, struct payload *p, const struct record *r, const uint8_t *raw,
		    size_t len, struct err *err)
{
	struct record full = *r;
	uint8_t rest = 0;
	int rc = 0;
	/* nobody else's record comes between */
	pthread_mutex_lock(&w->lock);
	do {
		size_t piece = len < RECORD_MOST ? len : RECORD_MOST;
		full.flags = rest | (piece < len ? RECORD_MORE : 0);
		/* its rows are those that end in it */
		full.rows = piece < len ? 0 : r->rows;
		payload_pack(p, &full, raw, piece);
		rc = put_locked(w, &full, p->bytes, err);
		rest = RECORD_REST;
		raw += piece;
		len -= piece;
	} while (len && rc == 0);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

/* The index is what it is: it does not grow any more. */
static int put_index(struct writer *w, struct err *err)
{
	struct payload p = { 0 };
	const struct record r = { .type = RECORD_INDEX };
	int rc = payload_init(&p) < 0 ? err_set(err, -ENOMEM, "archive") : 0;
	if (rc == 0)
		rc = writer_put_long(w, &p, &r, w->index.data, w->index.len, err);
	payload_fini(&p);
	return rc;
}

static int put_end(struct writer *w, struct err *err)
{
	uint8_t count[8];
	struct record r = { .type = RECORD_END, .raw = sizeof count, .stored = sizeof count };
	for (size_t i = 0; i < sizeof count; i++)
		count[i] = (uint8_t)(w->number >> 8 * i);
	r.payload = hash_of(count, sizeof count);
	return put_locked(w, &r, count, err);
}

int writer_end(struct writer *w, struct err *err)
{
	int rc = put_hello(w, err);
	uint64_t index = w->offset;
	if (rc == 0)
		rc = put_index(w, err);
	if (rc == 0)
		rc = put_end(w, err);
	return rc ? rc : put_edge(w, true, index, err);
}

uint64_t writer_bytes(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	uint64_t bytes = w->offset;
	pthread_mutex_unlock(&w->lock);
	return bytes;
}
