#include "xfer/tree/account.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* The numbers, in the order of the wire. New ones go to the end: an old reader stops earlier, an old writer sends fewer. */
static uint64_t *number(struct account *a, size_t i)
{
	uint64_t *const all[] = {
		&a->items.total,     &a->items.copied,	     &a->items.updated, &a->items.renamed,
		&a->items.deleted,   &a->items.unchanged,    &a->items.failed,	&a->items.vanished,
		&a->items.skipped,   &a->bytes.total,	     &a->bytes.read,	&a->bytes.written,
		&a->proven.metadata, &a->proven.transferred, &a->proven.reread, &a->differences,
		&a->peak_memory,
	};
	return i < sizeof all / sizeof *all ? all[i] : NULL;
}

enum { FLAGS_IO = 3, FLAG_DELETIONS_STOPPED = 4 };

void account_put(struct buf *b, const struct account *a)
{
	struct account copy = *a;
	buf_bytes(b, a->digest.byte, DIGEST_SIZE);
	buf_u8(b, (uint8_t)((a->io & FLAGS_IO) | (a->deletions_stopped ? FLAG_DELETIONS_STOPPED : 0)));
	for (size_t i = 0; number(&copy, i); i++)
		buf_varint(b, *number(&copy, i));
}

int account_get(struct reader *r, struct account *a)
{
	*a = (struct account){ 0 };
	const uint8_t *p = reader_bytes(r, DIGEST_SIZE);
	uint8_t flags = reader_u8(r);
	if (!p)
		return -EPROTO;
	memcpy(a->digest.byte, p, DIGEST_SIZE);
	a->io = flags & FLAGS_IO;
	a->deletions_stopped = flags & FLAG_DELETIONS_STOPPED;
	for (size_t i = 0; number(a, i) && r->at < r->end; i++)
		*number(a, i) = reader_varint(r);
	return r->failed ? -EPROTO : 0;
}

void account_take_memory(struct account *a)
{
	struct rusage u;
	if (getrusage(RUSAGE_SELF, &u) == 0)
		a->peak_memory = (uint64_t)u.ru_maxrss * 1024;
}
