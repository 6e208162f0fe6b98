/* hearing.c - the half of tell.h that takes messages apart. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/agent/tell_impl.h"
#include "dbdump/archive/part.h"
#include "dbdump/archive/text.h"
#include "dbdump/grow.h"
#include "dbdump/report_add.h"

enum { WORDS_MOST = 256, WORD_MOST = 64, STATUS_MOST = 255, CODE_MOST = 4095 };

/* What is kept, of half a million tables; and what a message costs besides its bytes. */
enum { HEARD_MOST = 256 << 20, MESSAGE_COST = 512 };

/* A static string of the sender's. */
static const char *get_word(struct hearing *h, struct reader *in)
{
	char word[WORD_MOST];
	get_words(in, word, sizeof word);
	for (size_t i = 0; i < h->words->count; i++)
		if (!strcmp(h->words->at[i], word))
			return h->words->at[i];
	if (in->failed || h->words->count == WORDS_MOST || strings_add(h->words, word, strlen(word))) {
		in->failed = true;
		return "";
	}
	return h->words->at[h->words->count - 1];
}

/* Never NULL but for a failure. */
static char *get_name(struct reader *in)
{
	char *name = get_text(in);
	in->failed = in->failed || !name;
	return name;
}

static double get_seconds(struct reader *in)
{
	return (double)reader_varint(in) / TELL_SECOND;
}

static unsigned get_choice(struct reader *in, unsigned most)
{
	unsigned n = reader_u8(in);
	in->failed = in->failed || n > most;
	return n;
}

/* 0 or -errno. */
static int get_code(struct reader *in)
{
	int64_t code = reader_signed(in);
	in->failed = in->failed || code > 0 || code < -CODE_MOST;
	return in->failed ? 0 : (int)code;
}

static void get_info(struct reader *in, struct server_info *info)
{
	get_words(in, info->version, sizeof info->version);
	info->disk_bytes = reader_varint(in);
}

static void get_snapshot(struct reader *in, struct snapshot *s)
{
	get_words(in, s->how, sizeof s->how);
	get_words(in, s->position, sizeof s->position);
	s->connections = (unsigned)reader_varint(in);
	s->locked_s = get_seconds(in);
}

static void cut(uint64_t *part, uint64_t whole)
{
	if (*part > whole)
		*part = whole;
}

static void on_progress(struct hearing *h, struct reader *in)
{
	struct progress p = { .phase = get_word(h, in), .total_known = reader_u8(in) };
	uint64_t *const numbers[] = { &p.done_bytes,	&p.total_bytes,	  &p.done_items,
				      &p.total_items,	&p.asked_bytes,	  &p.asked_items,
				      &p.handled_bytes, &p.handled_items, &p.moved_bytes };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = reader_varint(in);
	/* who is told subtracts them */
	cut(&p.done_bytes, p.total_bytes);
	cut(&p.done_items, p.total_items);
	cut(&p.handled_bytes, p.asked_bytes);
	cut(&p.handled_items, p.asked_items);
	if (!in->failed && h->observer && h->observer->progress)
		h->observer->progress(h->observer->ctx, &p);
}

static void on_warning(struct hearing *h, struct reader *in)
{
	char *text = get_name(in);
	if (!in->failed && h->observer && h->observer->warn)
		h->observer->warn(h->observer->ctx, text);
	free(text);
}

static void get_failure(struct hearing *h, struct reader *in, struct failure *f)
{
	f->kind = get_word(h, in);
	f->name = get_name(in);
	f->code = get_code(in);
	f->text = get_name(in);
}

static void on_failure(struct hearing *h, struct reader *in)
{
	struct failure f = { 0 };
	get_failure(h, in, &f);
	if (!in->failed && h->observer && h->observer->failure)
		h->observer->failure(h->observer->ctx, &f);
	free(f.name);
	free(f.text);
}

static void on_connected(struct hearing *h, struct reader *in)
{
	struct server_info info = { 0 };
	struct snapshot s = { 0 };
	bool source = reader_u8(in);
	get_info(in, &info);
	bool has = reader_u8(in);
	if (has)
		get_snapshot(in, &s);
	if (!in->failed && h->observer && h->observer->connected)
		h->observer->connected(h->observer->ctx, source, &info, has ? &s : NULL);
}

/* Room for one more, zeroed, in the array of the report that *array points to. NULL: no memory. */
static void *add(void *array, size_t *count, size_t size, struct reader *in)
{
	void *items;
	memcpy(&items, array, sizeof items);
	void *grown = grow_by_one(items, *count, size);
	if (!grown) {
		in->failed = true;
		return NULL;
	}
	memcpy(array, &grown, sizeof grown);
	return (char *)grown + (*count)++ * size;
}

static void get_narrowed(struct reader *in, struct narrowed *n)
{
	uint8_t flags = reader_u8(in);
	n->done = flags & 1;
	n->at_least = flags >> 1 & 1;
	n->missing = reader_varint(in);
	n->extra = reader_varint(in);
	n->changed = reader_varint(in);
	uint64_t count = reader_varint(in);
	in->failed = in->failed || count > REPORT_ROWS_NAMED;
	for (uint64_t i = 0; i < count && !in->failed; i++) {
		n->named[i].what = (enum difference)get_choice(in, DIFFERENCE_CHANGED);
		n->named[i].name = get_name(in);
		n->named_count = (size_t)i + 1;
	}
	n->first = get_text(in);
	n->last = get_text(in);
	in->failed = in->failed || !n->first != !n->last;
}

static void on_table(struct hearing *h, struct reader *in)
{
	struct table_report *t = add(&h->report->tables, &h->report->table_count, sizeof *h->report->tables,
				     in);
	if (!t)
		return;
	t->schema = get_name(in);
	t->name = get_name(in);
	uint8_t flags = reader_u8(in);
	t->live = flags & 1;
	t->read = flags >> 1 & 1;
	t->reread = flags >> 2 & 1;
	t->digested = flags >> 3 & 1;
	t->by_file = flags >> 4 & 1;
	get_digest(in, &t->source);
	get_digest(in, &t->target);
	t->taken = reader_varint(in);
	t->verdict = (enum verdict)get_choice(in, VERDICT_EXTRA);
	get_narrowed(in, &t->narrowed);
}

static void on_kind(struct hearing *h, struct reader *in)
{
	struct kind_report *k = add(&h->report->kinds, &h->report->kind_count, sizeof *h->report->kinds, in);
	if (!k)
		return;
	k->kind = get_word(h, in);
	k->source = reader_varint(in);
	k->target = reader_varint(in);
	k->different = reader_varint(in);
}

static void on_object(struct hearing *h, struct reader *in)
{
	struct object_report *o = add(&h->report->objects, &h->report->object_count,
				      sizeof *h->report->objects, in);
	if (!o)
		return;
	o->what = (enum difference)get_choice(in, DIFFERENCE_CHANGED);
	o->kind = get_word(h, in);
	o->name = get_name(in);
}

static void on_failed(struct hearing *h, struct reader *in)
{
	struct failure *f = add(&h->report->failures, &h->report->failure_count, sizeof *h->report->failures,
				in);
	if (f)
		get_failure(h, in, f);
}

static void on_moment(struct hearing *h, struct reader *in)
{
	struct moment *m = add(&h->report->moments, &h->report->moment_count, sizeof *h->report->moments, in);
	if (!m)
		return;
	m->database = get_text(in);
	get_snapshot(in, &m->snapshot);
}

static void on_phase(struct hearing *h, struct reader *in)
{
	const char *phase = get_word(h, in);
	double seconds = get_seconds(in);
	in->failed = in->failed || report_phase(h->report, phase, seconds) < 0;
}

static void add_text(struct reader *in, struct strings *list)
{
	char *text = get_name(in);
	if (text && strings_add(list, text, strlen(text)))
		in->failed = true;
	free(text);
}

static void on_warned(struct hearing *h, struct reader *in)
{
	add_text(in, &h->report->warnings);
}

static void on_database(struct hearing *h, struct reader *in)
{
	add_text(in, &h->report->databases);
}

static void on_report(struct hearing *h, struct reader *in)
{
	struct report *r = h->report;
	get_info(in, &r->source);
	get_info(in, &r->target);
	r->verified = (enum verify_mode)get_choice(in, VERIFY_NONE);
	r->rows = reader_varint(in);
	r->bytes = reader_varint(in);
	r->seconds = get_seconds(in);
	r->error.code = get_code(in);
	get_words(in, r->error.text, sizeof r->error.text);
	uint64_t status = reader_varint(in);
	/* who has ended early has not done all */
	in->failed = in->failed || status > STATUS_MOST || (r->error.code && !status);
	r->status = (int)status;
	h->over = true;
}

static void (*const takers[])(struct hearing *h, struct reader *in) = {
	[TELL_PROGRESS] = on_progress,	 [TELL_WARNING] = on_warning, [TELL_FAILURE] = on_failure,
	[TELL_CONNECTED] = on_connected, [TELL_TABLE] = on_table,     [TELL_KIND] = on_kind,
	[TELL_OBJECT] = on_object,	 [TELL_FAILED] = on_failed,   [TELL_WARNED] = on_warned,
	[TELL_MOMENT] = on_moment,	 [TELL_PHASE] = on_phase,     [TELL_DATABASE] = on_database,
	[TELL_REPORT] = on_report,
};

int hearing_take(struct hearing *h, const uint8_t *message, size_t len, struct err *err)
{
	struct reader in = reader_of(message, len);
	uint8_t type = reader_u8(&in);
	if (in.failed || type >= sizeof takers / sizeof *takers || !takers[type] || h->over)
		return err_say(err, -EBADMSG, "a message that is not known, or comes too late");
	h->heard += type == TELL_PROGRESS ? 0 : len + MESSAGE_COST;
	if (h->heard > HEARD_MOST)
		return err_say(err, -EBADMSG, "it tells more than a run can have to tell");
	takers[type](h, &in);
	if (reader_done(&in))
		return 0;
	/* what it was added to may have no name now */
	report_fini(h->report);
	return err_say(err, -EBADMSG, "a message does not parse");
}
