#include "dbdump/archive/part.h"

#include <errno.h>

#include "dbdump/archive/text.h"

void put_digest(struct buf *out, const struct rows_digest *d)
{
	buf_u64(out, d->rows);
	buf_u64(out, d->bytes);
	buf_u64(out, d->sum.low);
	buf_u64(out, d->sum.high);
}

void get_digest(struct reader *in, struct rows_digest *d)
{
	d->rows = reader_u64(in);
	d->bytes = reader_u64(in);
	d->sum.low = reader_u64(in);
	d->sum.high = reader_u64(in);
}

void part_over_pack(struct buf *out, const struct part_over *p)
{
	put_digest(out, &p->digest);
	put_text(out, p->error);
}

int part_over_unpack(struct part_over *out, const uint8_t *data, size_t len)
{
	struct reader in = reader_of(data, len);
	*out = (struct part_over){ 0 };
	get_digest(&in, &out->digest);
	get_words(&in, out->error, sizeof out->error);
	return reader_done(&in) ? 0 : -EBADMSG;
}

void failed_pack(struct buf *out, const struct strings *failed)
{
	put_texts(out, failed);
}

int failed_unpack(struct strings *failed, const uint8_t *data, size_t len)
{
	struct reader in = reader_of(data, len);
	*failed = (struct strings){ 0 };
	get_texts(&in, failed);
	if (reader_done(&in) && failed->count % 3 == 0)
		return 0;
	strings_fini(failed);
	return -EBADMSG;
}
