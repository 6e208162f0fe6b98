/* A NOTE of the other side: the user is told strings that end, within what came. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/tree/note.h"

struct told {
	const uint8_t *data;
	size_t size, count;
};

static void look(struct told *t, const char *name, size_t len)
{
	const uint8_t *p = (const uint8_t *)name;
	CHECK(!len || (p >= t->data && len <= t->size && p + len <= t->data + t->size));
	t->count++;
}

static void item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	CHECK(strlen(change) <= 11);
	CHECK(!suffix || strlen(suffix) <= ((struct told *)ctx)->size);
	look(ctx, name, len);
}

static void failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	CHECK(strlen(error) <= ((struct told *)ctx)->size && errnum >= 0 && errnum < 4096);
	look(ctx, name, len);
}

static void warning(void *ctx, const char *text)
{
	CHECK(strlen(text) <= ((struct told *)ctx)->size);
	look(ctx, NULL, 0);
}

static void list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		 const char *target, size_t target_len)
{
	(void)mode, (void)size, (void)mtime;
	look(ctx, name, len);
	look(ctx, target, target_len);
}

static void progress(void *ctx, const struct progress *p)
{
	CHECK(p->done_bytes <= p->total_bytes && p->done_items <= p->total_items);
	CHECK(p->moved_bytes <= p->handled_bytes && p->handled_bytes <= p->asked_bytes &&
	      p->handled_items <= p->asked_items);
	look(ctx, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told told = { data, size, 0 };
	struct tell tell = { .item = item,
			     .failure = failure,
			     .warning = warning,
			     .list = list,
			     .progress = progress,
			     .ctx = &told };
	struct frame f = { .type = FRAME_NOTE, .data = data, .len = (uint32_t)size };
	struct err err = { 0 };
	int r = note_deliver(&f, &tell, &err);
	CHECK(r == -EPROTO || (r == 0 && told.count > 0));
	return 0;
}
