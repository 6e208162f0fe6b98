#include "dbdump/archive/section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archive/text.h"
#include "dbdump/grow.h"

void section_fini(struct section *s)
{
	strings_fini(&s->databases);
	catalog_fini(&s->catalog);
	script_fini(&s->script);
	for (size_t i = 0; i < s->part_count; i++)
		free(s->parts[i].where);
	free(s->parts);
	*s = (struct section){ 0 };
}

/* Writing. */

static const char *schema_of(const struct section_source *s, const struct table *t)
{
	return s->spans ? options_renamed(s->options, t->schema) : t->schema;
}

struct named {
	const char *schema, *name;
	size_t at;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int by_schema = strcmp(x->schema, y->schema);
	return by_schema ? by_schema : strcmp(x->name, y->name);
}

/* The tables in the order of their names in the archive. */
static struct named *sorted(const struct section_source *s)
{
	const struct catalog *c = s->catalog;
	struct named *tables = calloc(c->table_count + 1, sizeof *tables);
	for (size_t i = 0; tables && i < c->table_count; i++)
		tables[i] = (struct named){ schema_of(s, &c->tables[i]), c->tables[i].name, i };
	if (tables && c->table_count)
		qsort(tables, c->table_count, sizeof *tables, by_name);
	return tables;
}

static void put_table(struct buf *out, const struct section_source *s, const struct table *t)
{
	put_text(out, schema_of(s, t));
	put_text(out, t->name);
	buf_u8(out, (uint8_t)t->rows_kind);
	buf_varint(out, t->column_count);
	for (size_t i = 0; i < t->column_count; i++) {
		put_text(out, t->columns[i].name);
		put_text(out, t->columns[i].type);
	}
	put_text(out, t->key);
	buf_varint(out, t->rows);
	buf_varint(out, t->data_bytes);
	buf_varint(out, t->index_bytes);
	buf_u8(out, t->large_rows);
	s->archived->pack(t, out);
}

static void put_objects(struct buf *out, const struct catalog *c)
{
	buf_varint(out, c->object_count);
	for (size_t i = 0; i < c->object_count; i++) {
		const struct object *o = &c->objects[i];
		put_text(out, o->kind);
		put_text(out, o->name);
		put_text(out, o->definition);
		put_texts(out, &o->roles);
		buf_u8(out, o->any_role);
		put_text(out, o->owned);
	}
	put_texts(out, &c->roles);
	put_texts(out, &c->left_out);
}

static void put_script(struct buf *out, const struct script *script, const uint32_t *ranks)
{
	buf_varint(out, script->count);
	for (size_t i = 0; i < script->count; i++) {
		const struct statement *st = &script->statements[i];
		buf_u8(out, (uint8_t)st->phase);
		put_text(out, st->kind);
		put_text(out, st->name);
		buf_varint(out, st->phase == PHASE_LOADED ? ranks[st->table] : 0);
		put_texts(out, &st->sql);
		buf_u8(out, (uint8_t)(st->optional | st->apart << 1));
	}
}

static void put_parts(struct buf *out, const struct plan *plan, const uint32_t *ranks)
{
	buf_varint(out, plan->count);
	for (size_t i = 0; i < plan->count; i++) {
		buf_varint(out, ranks[plan->parts[i].table]);
		put_text(out, plan->parts[i].where);
	}
}

void section_pack(struct buf *out, uint32_t *ranks, const struct section_source *s)
{
	struct named *tables = sorted(s);
	size_t count = s->catalog->table_count;
	if (!tables) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		ranks[tables[i].at] = (uint32_t)i;
	put_texts(out, s->databases);
	put_text(out, s->info->version);
	buf_varint(out, s->info->disk_bytes);
	put_text(out, s->snapshot->how);
	put_text(out, s->snapshot->position);
	buf_varint(out, s->snapshot->connections);
	buf_varint(out, (uint64_t)(s->snapshot->locked_s * 1e6));
	buf_varint(out, count);
	for (size_t i = 0; i < count; i++)
		put_table(out, s, &s->catalog->tables[tables[i].at]);
	put_objects(out, s->catalog);
	put_script(out, s->script, ranks);
	put_parts(out, s->plan, ranks);
	put_text(out, s->mark);
	free(tables);
}

/* Reading. */

struct reading {
	struct reader in;
	struct section *out;
	const struct archived *archived;
	struct strings *kinds;
};

static const char *get_kind(struct reading *r)
{
	char word[64];
	get_words(&r->in, word, sizeof word);
	for (size_t i = 0; i < r->kinds->count; i++)
		if (!strcmp(r->kinds->at[i], word))
			return r->kinds->at[i];
	if (r->in.failed || r->kinds->count >= SECTION_KINDS || strings_add(r->kinds, word, strlen(word))) {
		r->in.failed = true;
		return "";
	}
	return r->kinds->at[r->kinds->count - 1];
}

static char *get_name(struct reader *in)
{
	char *name = get_text(in);
	in->failed = in->failed || !name;
	return name;
}

static void get_columns(struct reading *r, struct table *t)
{
	uint64_t count = reader_varint(&r->in);
	for (uint64_t i = 0; i < count && !r->in.failed; i++) {
		struct column *c = table_add_column(t);
		if (!c) {
			r->in.failed = true;
			return;
		}
		c->name = get_name(&r->in);
		c->type = get_name(&r->in);
	}
}

static void get_table(struct reading *r)
{
	struct catalog *c = &r->out->catalog;
	struct table *t = catalog_add_table(c);
	if (!t) {
		r->in.failed = true;
		return;
	}
	t->schema = get_name(&r->in);
	t->name = get_name(&r->in);
	uint8_t kind = reader_u8(&r->in);
	t->rows_kind = (enum rows_kind)kind;
	get_columns(r, t);
	t->key = get_text(&r->in);
	t->rows = reader_varint(&r->in);
	t->data_bytes = reader_varint(&r->in);
	t->index_bytes = reader_varint(&r->in);
	t->large_rows = reader_u8(&r->in);
	r->in.failed = r->in.failed || kind > ROWS_NONE;
	if (!r->in.failed && r->archived->unpack(t, &r->in))
		r->in.failed = true;
	/* what finds a table by its name relies on it */
	if (!r->in.failed && c->table_count > 1) {
		const struct table *before = t - 1;
		int order = strcmp(before->schema, t->schema);
		r->in.failed = order > 0 || (order == 0 && strcmp(before->name, t->name) >= 0);
	}
}

static void get_objects(struct reading *r)
{
	struct catalog *c = &r->out->catalog;
	uint64_t count = reader_varint(&r->in);
	for (uint64_t i = 0; i < count && !r->in.failed; i++) {
		struct object *o = catalog_add_object(c);
		if (!o) {
			r->in.failed = true;
			return;
		}
		o->kind = get_kind(r);
		o->name = get_name(&r->in);
		o->definition = get_text(&r->in);
		get_texts(&r->in, &o->roles);
		o->any_role = reader_u8(&r->in);
		o->owned = get_text(&r->in);
	}
	get_texts(&r->in, &c->roles);
	get_texts(&r->in, &c->left_out);
	r->in.failed = r->in.failed || c->left_out.count % 2;
}

static void get_statement(struct reading *r)
{
	uint8_t phase = reader_u8(&r->in);
	const char *kind = get_kind(r);
	char *name = get_name(&r->in);
	struct statement *st = r->in.failed ? NULL
					    : script_add(&r->out->script, (enum phase)phase, kind, name);
	free(name);
	if (!st) {
		r->in.failed = true;
		return;
	}
	uint64_t table = reader_varint(&r->in);
	st->table = (size_t)table;
	get_texts(&r->in, &st->sql);
	uint8_t flags = reader_u8(&r->in);
	st->optional = flags & 1;
	st->apart = flags & 2;
	if (phase > PHASE_LAST || (phase == PHASE_LOADED && table >= r->out->catalog.table_count))
		r->in.failed = true;
}

static void get_part(struct reading *r)
{
	struct section *s = r->out;
	struct section_part *grown = grow_by_one(s->parts, s->part_count, sizeof *grown);
	if (!grown) {
		r->in.failed = true;
		return;
	}
	s->parts = grown;
	struct section_part *p = &s->parts[s->part_count++];
	uint64_t table = reader_varint(&r->in);
	p->table = (uint32_t)table;
	p->where = get_name(&r->in);
	if (table >= s->catalog.table_count || s->catalog.tables[table].rows_kind == ROWS_NONE)
		r->in.failed = true;
}

static void get_all(struct reading *r)
{
	struct section *s = r->out;
	struct reader *in = &r->in;
	get_texts(in, &s->databases);
	get_words(in, s->info.version, sizeof s->info.version);
	s->info.disk_bytes = reader_varint(in);
	get_words(in, s->snapshot.how, sizeof s->snapshot.how);
	get_words(in, s->snapshot.position, sizeof s->snapshot.position);
	s->snapshot.connections = (unsigned)reader_varint(in);
	s->snapshot.locked_s = (double)reader_varint(in) / 1e6;
	uint64_t tables = reader_varint(in);
	for (uint64_t i = 0; i < tables && !in->failed; i++)
		get_table(r);
	get_objects(r);
	uint64_t statements = reader_varint(in);
	for (uint64_t i = 0; i < statements && !in->failed; i++)
		get_statement(r);
	uint64_t parts = reader_varint(in);
	for (uint64_t i = 0; i < parts && !in->failed; i++)
		get_part(r);
	get_words(in, s->mark, sizeof s->mark);
}

int section_unpack(struct section *out, const struct archived *archived, struct strings *kinds,
		   const uint8_t *data, size_t len)
{
	*out = (struct section){ .catalog.free_own = archived->free_own };
	struct reading r = { .in = reader_of(data, len), .out = out, .archived = archived, .kinds = kinds };
	get_all(&r);
	if (reader_done(&r.in) && out->databases.count)
		return 0;
	section_fini(out);
	return -EBADMSG;
}
