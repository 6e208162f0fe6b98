#include "xfer/tree/file_source_delta.h"

#include <errno.h>
#include <stdlib.h>

#include "xfer/tree/entry.h"

/* Copies are small on the wire and much work at the other end, which is to do it while we go on: after so many bytes of the
 * content what was found is sent off. */
enum { SEND_EVERY = 8 << 20 };

struct file_delta {
	const struct signature *signature;
	struct link *link;
	struct err *err;    /* of the call under way */
	struct delta *scan; /* NULL: there is no old version */
	struct delta_target target;
	bool scanning;	      /* it may hold something back */
	uint64_t fed;	      /* the end of what was given */
	uint64_t at;	      /* where in the new content the next thing sent stands */
	uint64_t kept_length; /* bytes before at that are kept and not yet said to be */
};

static int send_copy(struct file_delta *d, enum copy_source source, uint64_t from, uint64_t len)
{
	uint8_t bytes[32];
	struct buf b = { .data = bytes, .cap = sizeof bytes, .limit = sizeof bytes };
	buf_u8(&b, (uint8_t)source);
	buf_varint(&b, from);
	buf_varint(&b, len);
	return link_send(d->link, FRAME_COPY, source == COPY_KEPT ? from : d->at, b.data, b.len, d->err);
}

static int on_copy(void *ctx, uint64_t from, uint64_t len)
{
	struct file_delta *d = ctx;
	int r = send_copy(d, COPY_OLD, from, len);
	d->at += len;
	return r;
}

static int on_fresh(void *ctx, const void *data, size_t len)
{
	struct file_delta *d = ctx;
	int r = link_send(d->link, FRAME_DATA, d->at, data, len, d->err);
	d->at += len;
	return r;
}

int file_delta_new(struct file_delta **out, const struct signature *signature, struct link *link,
		   struct err *err)
{
	struct file_delta *d = calloc(1, sizeof *d);
	if (!d)
		return err_set(err, -ENOMEM, "delta");
	*d = (struct file_delta){ .signature = signature, .link = link, .target = { on_copy, on_fresh, d } };
	if (signature->old.size && delta_new(&d->scan, &signature->old, &d->target) < 0) {
		free(d);
		return err_set(err, -ENOMEM, "delta");
	}
	*out = d;
	return 0;
}

void file_delta_free(struct file_delta *d)
{
	if (!d)
		return;
	delta_free(d->scan);
	free(d);
}

void file_delta_freep(struct file_delta **d)
{
	file_delta_free(*d);
}

/* Sends what is held back. */
static int settle(struct file_delta *d)
{
	int r = 0;
	if (d->scanning)
		r = delta_end(d->scan);
	d->scanning = false;
	uint64_t n = d->kept_length;
	d->kept_length = 0;
	return r < 0 || !n ? r : send_copy(d, COPY_KEPT, d->at - n, n);
}

static bool is_kept(const struct file_delta *d, uint64_t at, const void *data, size_t len)
{
	const struct signature *s = d->signature;
	return len == HASH_CHUNK && at < s->kept &&
	       s->kept_hash[at / HASH_CHUNK] == delta_hash(s->old.seed, data, len);
}

int file_delta_chunk(struct file_delta *d, uint64_t at, const void *data, size_t len, struct err *err)
{
	d->err = err;
	bool kept = is_kept(d, at, data, len), hole = at != d->fed,
	     due = (at + len) / SEND_EVERY > at / SEND_EVERY;
	d->fed = at + len;
	int r = hole || (kept ? d->scanning || due : d->kept_length > 0) ? settle(d) : 0;
	if (r == 0 && due)
		r = link_flush(d->link, err);
	if (r < 0)
		return r;
	if (kept) {
		d->at = at + len;
		d->kept_length += len;
		return 0;
	}
	if (!d->scan) {
		d->at = at;
		return on_fresh(d, data, len);
	}
	if (!d->scanning) {
		d->at = at;
		d->scanning = true;
		delta_seek(d->scan, at);
	}
	return delta_feed(d->scan, data, len);
}

int file_delta_end(struct file_delta *d, struct err *err)
{
	d->err = err;
	return settle(d);
}
