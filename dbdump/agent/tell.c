#include "dbdump/agent/tell.h"

#include <errno.h>
#include <string.h>

#include "dbdump/agent/tell_impl.h"
#include "dbdump/archive/part.h"
#include "dbdump/archive/text.h"

void teller_init(struct teller *t, tell_send *send, void *ctx)
{
	*t = (struct teller){ .send = send, .ctx = ctx };
	buf_init(&t->message, TELL_MOST);
}

void teller_fini(struct teller *t)
{
	buf_fini(&t->message);
}

static struct buf *begin(struct teller *t, enum tell_type type)
{
	buf_clear(&t->message);
	buf_u8(&t->message, (uint8_t)type);
	return &t->message;
}

static void end(struct teller *t)
{
	if (t->failed == 0)
		t->failed = t->message.failed ? -ENOMEM : t->send(t->ctx, t->message.data, t->message.len);
}

/* For people: so much of it as is read. */
static void put_name(struct buf *out, const char *name)
{
	char cut[TELL_NAME];
	if (!name || strlen(name) < sizeof cut) {
		put_text(out, name);
		return;
	}
	memcpy(cut, name, sizeof cut - 1);
	cut[sizeof cut - 1] = '\0';
	put_text(out, cut);
}

static void put_seconds(struct buf *out, double seconds)
{
	buf_varint(out, seconds > 0 ? (uint64_t)(seconds * TELL_SECOND) : 0);
}

static void put_info(struct buf *out, const struct server_info *info)
{
	put_text(out, info->version);
	buf_varint(out, info->disk_bytes);
}

static void put_snapshot(struct buf *out, const struct snapshot *s)
{
	put_text(out, s->how);
	put_text(out, s->position);
	buf_varint(out, s->connections);
	put_seconds(out, s->locked_s);
}

void tell_progress(struct teller *t, const struct progress *p)
{
	struct buf *b = begin(t, TELL_PROGRESS);
	const uint64_t numbers[] = { p->done_bytes,    p->total_bytes,	 p->done_items,
				     p->total_items,   p->asked_bytes,	 p->asked_items,
				     p->handled_bytes, p->handled_items, p->moved_bytes };
	put_text(b, p->phase);
	buf_u8(b, p->total_known);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		buf_varint(b, numbers[i]);
	end(t);
}

static void tell_text(struct teller *t, enum tell_type type, const char *text)
{
	put_name(begin(t, type), text);
	end(t);
}

void tell_warning(struct teller *t, const char *text)
{
	tell_text(t, TELL_WARNING, text);
}

static void tell_one_failure(struct teller *t, enum tell_type type, const struct failure *f)
{
	struct buf *b = begin(t, type);
	put_text(b, f->kind);
	put_name(b, f->name);
	buf_signed(b, f->code);
	put_name(b, f->text);
	end(t);
}

void tell_failure(struct teller *t, const struct failure *f)
{
	tell_one_failure(t, TELL_FAILURE, f);
}

void tell_connected(struct teller *t, bool source, const struct server_info *info, const struct snapshot *s)
{
	struct buf *b = begin(t, TELL_CONNECTED);
	buf_u8(b, source);
	put_info(b, info);
	buf_u8(b, s != NULL);
	if (s)
		put_snapshot(b, s);
	end(t);
}

void tell_answer(struct teller *t, const void *data, size_t len)
{
	buf_bytes(begin(t, TELL_ANSWER), data, len);
	end(t);
}

bool tell_is_answer(const void *message, size_t len)
{
	return len && *(const uint8_t *)message == TELL_ANSWER;
}

static void put_narrowed(struct buf *out, const struct narrowed *n)
{
	buf_u8(out, (uint8_t)(n->done | n->at_least << 1));
	buf_varint(out, n->missing);
	buf_varint(out, n->extra);
	buf_varint(out, n->changed);
	buf_varint(out, n->named_count);
	for (size_t i = 0; i < n->named_count; i++) {
		buf_u8(out, (uint8_t)n->named[i].what);
		put_name(out, n->named[i].name);
	}
	put_name(out, n->first);
	put_name(out, n->last);
}

static void tell_table(struct teller *t, const struct table_report *r)
{
	struct buf *b = begin(t, TELL_TABLE);
	put_text(b, r->schema);
	put_text(b, r->name);
	buf_u8(b, (uint8_t)(r->live | r->read << 1 | r->reread << 2 | r->digested << 3 | r->by_file << 4));
	put_digest(b, &r->source);
	put_digest(b, &r->target);
	buf_varint(b, r->taken);
	buf_u8(b, (uint8_t)r->verdict);
	put_narrowed(b, &r->narrowed);
	end(t);
}

static void tell_kind(struct teller *t, const struct kind_report *k)
{
	struct buf *b = begin(t, TELL_KIND);
	put_text(b, k->kind);
	buf_varint(b, k->source);
	buf_varint(b, k->target);
	buf_varint(b, k->different);
	end(t);
}

static void tell_object(struct teller *t, const struct object_report *o)
{
	struct buf *b = begin(t, TELL_OBJECT);
	buf_u8(b, (uint8_t)o->what);
	put_text(b, o->kind);
	put_text(b, o->name);
	end(t);
}

static void tell_moment(struct teller *t, const struct moment *m)
{
	struct buf *b = begin(t, TELL_MOMENT);
	put_text(b, m->database);
	put_snapshot(b, &m->snapshot);
	end(t);
}

static void tell_phase(struct teller *t, const struct phase_report *p)
{
	struct buf *b = begin(t, TELL_PHASE);
	put_text(b, p->phase);
	put_seconds(b, p->seconds);
	end(t);
}

static void tell_rest(struct teller *t, const struct report *r)
{
	struct buf *b = begin(t, TELL_REPORT);
	put_info(b, &r->source);
	put_info(b, &r->target);
	buf_u8(b, (uint8_t)r->verified);
	buf_varint(b, r->rows);
	buf_varint(b, r->bytes);
	put_seconds(b, r->seconds);
	buf_signed(b, r->error.code);
	put_text(b, r->error.text);
	buf_varint(b, (uint64_t)r->status);
	end(t);
}

int tell_report(struct teller *t, const struct report *r)
{
	for (size_t i = 0; i < r->table_count; i++)
		tell_table(t, &r->tables[i]);
	for (size_t i = 0; i < r->kind_count; i++)
		tell_kind(t, &r->kinds[i]);
	for (size_t i = 0; i < r->object_count; i++)
		tell_object(t, &r->objects[i]);
	for (size_t i = 0; i < r->failure_count; i++)
		tell_one_failure(t, TELL_FAILED, &r->failures[i]);
	for (size_t i = 0; i < r->warnings.count; i++)
		tell_text(t, TELL_WARNED, r->warnings.at[i]);
	for (size_t i = 0; i < r->moment_count; i++)
		tell_moment(t, &r->moments[i]);
	for (size_t i = 0; i < r->phase_count; i++)
		tell_phase(t, &r->phases[i]);
	for (size_t i = 0; i < r->databases.count; i++)
		tell_text(t, TELL_DATABASE, r->databases.at[i]);
	tell_rest(t, r);
	return t->failed;
}
