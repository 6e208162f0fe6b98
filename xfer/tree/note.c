#include "xfer/tree/note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"

enum note_kind { NOTE_ITEM = 1, NOTE_FAILURE, NOTE_WARNING, NOTE_LIST, NOTE_PROGRESS };
#define PROGRESS_EVERY (CLOCK_SECOND / 5)
enum { NAME_MAX_SHOWN = FRAME_MAX / 2 }; /* a longer path is cut for people */

static size_t shown(size_t len)
{
	return len < NAME_MAX_SHOWN ? len : NAME_MAX_SHOWN;
}

static void send_note(struct notes *n, struct buf *b)
{
	struct err ignored;
	if (!b->failed)
		(void)link_send(n->link, FRAME_NOTE, 0, b->data, b->len, &ignored);
	buf_fini(b);
}

static struct buf new_note(enum note_kind kind)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_u8(&b, (uint8_t)kind);
	return b;
}

static void tell_item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	struct notes *n = ctx;
	if (!n->items)
		return;
	struct buf b = new_note(NOTE_ITEM);
	buf_string(&b, change, strlen(change));
	buf_string(&b, name, shown(len));
	buf_u8(&b, suffix != NULL);
	buf_string(&b, suffix, suffix ? strlen(suffix) : 0);
	send_note(n, &b);
}

static void tell_failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	struct buf b = new_note(NOTE_FAILURE);
	buf_string(&b, name, shown(len));
	buf_string(&b, error, strlen(error));
	buf_varint(&b, (uint64_t)(errnum < 0 ? -errnum : errnum));
	send_note(ctx, &b);
}

static void tell_warning(void *ctx, const char *text)
{
	struct buf b = new_note(NOTE_WARNING);
	buf_string(&b, text, shown(strlen(text)));
	send_note(ctx, &b);
}

static void tell_list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		      const char *target, size_t target_len)
{
	struct buf b = new_note(NOTE_LIST);
	buf_varint(&b, mode);
	buf_varint(&b, size);
	buf_signed(&b, mtime);
	buf_string(&b, name, shown(len));
	buf_string(&b, target, target_len);
	send_note(ctx, &b);
}

static const char *const phases[] = { "transfer", "verify" };

/* The numbers, in the order of the wire. */
static uint64_t *number(struct progress *p, size_t i)
{
	uint64_t *const all[] = {
		&p->done_bytes,	 &p->total_bytes,   &p->done_items,    &p->total_items, &p->asked_bytes,
		&p->asked_items, &p->handled_bytes, &p->handled_items, &p->moved_bytes,
	};
	return i < sizeof all / sizeof *all ? all[i] : NULL;
}

static void tell_progress(void *ctx, const struct progress *p)
{
	struct notes *n = ctx;
	struct progress copy = *p;
	uint64_t now = clock_now();
	if (n->told_at && now - n->told_at < PROGRESS_EVERY)
		return;
	n->told_at = now;
	struct buf b = new_note(NOTE_PROGRESS);
	buf_u8(&b, strcmp(p->phase, phases[1]) == 0);
	buf_u8(&b, p->total_known);
	for (size_t i = 0; number(&copy, i); i++)
		buf_varint(&b, *number(&copy, i));
	send_note(n, &b);
}

struct tell notes_tell(struct notes *n)
{
	return (struct tell){
		.item = tell_item,
		.failure = tell_failure,
		.warning = tell_warning,
		.list = tell_list,
		.progress = n->progress ? tell_progress : NULL,
		.ctx = n,
	};
}

static char *text_of(struct reader *r, size_t *len)
{
	const char *p = reader_string(r, len, FRAME_MAX);
	return p ? strndup(p, *len) : NULL;
}

static void deliver_item(struct reader *r, const struct tell *tell)
{
	size_t change_len, name_len, suffix_len;
	char *change = text_of(r, &change_len);
	const char *name = reader_string(r, &name_len, FRAME_MAX);
	bool has_suffix = reader_u8(r);
	char *suffix = text_of(r, &suffix_len);
	if (!r->failed && change && name && suffix && change_len == 11)
		tell->item(tell->ctx, change, name, name_len, has_suffix ? suffix : NULL);
	else
		r->failed = true;
	free(change);
	free(suffix);
}

static void deliver_failure(struct reader *r, const struct tell *tell)
{
	size_t name_len, error_len;
	const char *name = reader_string(r, &name_len, FRAME_MAX);
	char *error = text_of(r, &error_len);
	uint64_t errnum = reader_varint(r);
	if (!r->failed && name && error)
		tell->failure(tell->ctx, name, name_len, error, (int)(errnum & 0xfff));
	free(error);
}

static void deliver_list(struct reader *r, const struct tell *tell)
{
	size_t name_len, target_len;
	uint64_t mode = reader_varint(r), size = reader_varint(r);
	int64_t mtime = reader_signed(r);
	const char *name = reader_string(r, &name_len, FRAME_MAX);
	const char *target = reader_string(r, &target_len, FRAME_MAX);
	if (!r->failed)
		tell->list(tell->ctx, (mode_t)mode, size, mtime, name, name_len, target, target_len);
}

static void cut(uint64_t *part, uint64_t whole)
{
	if (*part > whole)
		*part = whole;
}

static void deliver_progress(struct reader *r, const struct tell *tell)
{
	struct progress p = { .phase = phases[reader_u8(r) & 1], .total_known = reader_u8(r) & 1 };
	for (size_t i = 0; number(&p, i); i++)
		*number(&p, i) = reader_varint(r);
	/* who is told subtracts them: what is left is not to be a huge number because a peer says so */
	cut(&p.done_bytes, p.total_bytes);
	cut(&p.done_items, p.total_items);
	cut(&p.handled_bytes, p.asked_bytes);
	cut(&p.handled_items, p.asked_items);
	cut(&p.moved_bytes, p.handled_bytes);
	if (reader_done(r) && tell->progress)
		tell->progress(tell->ctx, &p);
}

int note_deliver(const struct frame *f, const struct tell *tell, struct err *err)
{
	struct reader r = reader_of(f->data, f->len);
	size_t len;
	char *text;
	switch (reader_u8(&r)) {
	case NOTE_ITEM:
		deliver_item(&r, tell);
		break;
	case NOTE_FAILURE:
		deliver_failure(&r, tell);
		break;
	case NOTE_WARNING:
		text = text_of(&r, &len);
		if (text)
			tell->warning(tell->ctx, text);
		free(text);
		break;
	case NOTE_LIST:
		deliver_list(&r, tell);
		break;
	case NOTE_PROGRESS:
		deliver_progress(&r, tell);
		break;
	default:
		r.failed = true;
	}
	return reader_done(&r) ? 0 : err_set(err, -EPROTO, "a note of the other side does not parse");
}
