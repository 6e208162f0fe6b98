#include <errno.h>
#include <stdlib.h>

#include "xfer/tree/sender_impl.h"

struct held *held_new(void)
{
	struct held *h = calloc(1, sizeof *h);
	if (h)
		buf_init(&h->bytes, SIGNATURE_BYTES_MAX);
	return h;
}

void held_free(struct sender *s, struct held *h)
{
	if (!h)
		return;
	s->held_bytes -= h->cost;
	buf_fini(&h->bytes);
	signature_fini(&h->signature);
	free(h);
}

/* The entry that the frame is about, if the receiver was to say something of it. */
static struct held *find(struct sender *s, uint64_t seq)
{
	if (seq < s->oldest || seq >= s->newest)
		return NULL;
	struct pending *p = pending_at(s, seq);
	return p->used && p->held && !p->held->is_whole ? p->held : NULL;
}

int held_take(struct sender *s, const struct frame *f, struct err *err)
{
	struct held *h = find(s, f->offset);
	struct reader r = reader_of(f->data, f->len);
	bool more = reader_u8(&r);
	size_t n = (size_t)(r.end - r.at);
	if (!h || r.failed)
		return err_set(err, -EPROTO, "the receiver says what it has of a file that it does not want");
	buf_bytes(&h->bytes, r.at, n);
	h->cost += n;
	s->held_bytes += n;
	if (h->bytes.failed || s->held_bytes > SIGNATURES_HELD)
		return err_set(err, -EPROTO, "the receiver says more of what it has than may be held");
	if (more)
		return 0;
	int code = signature_get(&h->signature, h->bytes.data, h->bytes.len);
	buf_fini(&h->bytes);
	if (code < 0)
		return err_set(err, code, "what the receiver has of a file does not parse");
	h->is_whole = true;
	want_push(s, f->offset);
	return 0;
}
