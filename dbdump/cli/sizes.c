#include "dbdump/cli/sizes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/base/figure.h"

enum { LARGEST = 20 };

static void row_fini(struct size_row *r)
{
	free(r->database);
	free(r->schema);
	free(r->name);
}

void sizes_fini(struct sizes *s)
{
	for (size_t i = 0; i < s->database_count; i++)
		row_fini(&s->databases[i]);
	for (size_t i = 0; i < s->table_count; i++)
		row_fini(&s->tables[i]);
	free(s->databases);
	free(s->tables);
	*s = (struct sizes){ 0 };
}

static char *copy_of(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* One row more, of these names; NULL: no memory. */
static struct size_row *append(struct size_row **rows, size_t *count, const struct size_row *names)
{
	struct size_row r = { .database = copy_of(names->database),
			      .schema = copy_of(names->schema),
			      .name = copy_of(names->name) };
	/* room by the count alone: doubled at each power of two */
	struct size_row *more = *rows;
	if ((*count & (*count - 1)) == 0)
		more = reallocarray(*rows, *count ? *count * 2 : 1, sizeof *more);
	if (more)
		*rows = more;
	if (!more || !r.database || (names->schema && !r.schema) || (names->name && !r.name)) {
		row_fini(&r);
		return NULL;
	}
	(*rows)[*count] = r;
	return &(*rows)[(*count)++];
}

static struct size_row *database_row(struct sizes *s, const char *name)
{
	for (size_t i = s->database_count; i > 0;
	     i--) /* tables come by database: it is the last one, mostly */
		if (!strcmp(s->databases[i - 1].database, name))
			return &s->databases[i - 1];
	struct size_row names = { .database = (char *)(uintptr_t)name };
	return append(&s->databases, &s->database_count, &names);
}

int sizes_add_database(struct sizes *s, const char *name)
{
	return database_row(s, name) ? 0 : -ENOMEM;
}

static void add_to(struct size_row *sum, const struct table *t)
{
	sum->data_bytes += t->data_bytes;
	sum->index_bytes += t->index_bytes;
	sum->rows += t->rows;
	sum->tables++;
}

int sizes_add(struct sizes *s, const char *database, const struct catalog *c)
{
	for (size_t i = 0; i < c->table_count; i++) {
		const struct table *t = &c->tables[i];
		if (t->rows_kind == ROWS_NONE)
			continue;
		const char *of = database ? database : t->schema;
		struct size_row names = { (char *)(uintptr_t)of, t->schema, t->name, 0, 0, 0, 0 };
		struct size_row *db = database_row(s, of);
		struct size_row *table = db ? append(&s->tables, &s->table_count, &names) : NULL;
		if (!table)
			return -ENOMEM;
		add_to(db, t);
		add_to(table, t);
		add_to(&s->total, t);
	}
	return 0;
}

static uint64_t bytes_of(const struct size_row *r)
{
	return r->data_bytes + r->index_bytes;
}

static int names_compare(const struct size_row *a, const struct size_row *b)
{
	int order = strcmp(a->database, b->database);
	if (!order && a->schema)
		order = strcmp(a->schema, b->schema);
	return order || !a->name ? order : strcmp(a->name, b->name);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = bytes_of(a), y = bytes_of(b);
	return x != y ? (x < y ? 1 : -1) : names_compare(a, b);
}

void sizes_sort(struct sizes *s)
{
	if (s->database_count)
		qsort(s->databases, s->database_count, sizeof *s->databases, compare);
	if (s->table_count)
		qsort(s->tables, s->table_count, sizeof *s->tables, compare);
}

double sizes_gigabytes(const struct sizes *s)
{
	return (double)bytes_of(&s->total) / 1e9;
}

double sizes_expected_s(const struct sizes *s)
{
	return sizes_gigabytes(s) * s->seconds_per_gb;
}

/* What is small is told in megabytes, so that there is something to read. */
static bool is_small(const struct sizes *s)
{
	return bytes_of(&s->total) < 1000000000;
}

static void amount(struct line *to, uint64_t bytes, bool small)
{
	/* by integers: printf's %f has the locale's decimal point */
	uint64_t thousandth = small ? 1000 : 1000000, n = (bytes + thousandth / 2) / thousandth;
	if (bytes && !n)
		line_add(to, "%11s", "<0.001");
	else
		line_add(to, "%7u.%03u", (unsigned)(n / 1000), (unsigned)(n % 1000));
}

static void name(struct line *to, const char *text)
{
	line_name(to, text, strlen(text));
}

static void figures(struct line *to, const struct size_row *r, bool small)
{
	line_add(to, "  ");
	amount(to, bytes_of(r), small);
	amount(to, r->data_bytes, small);
	amount(to, r->index_bytes, small);
	line_add(to, " %15s  ", figure_count(r->rows).text);
}

static void rehearsed(struct line *to, const struct rates *r)
{
	line_add(to, "as a rehearsal with %s had it, from ",
		 figure_bytes((uint64_t)(r->gigabytes * 1e9), true).text);
	name(to, r->from);
	line_add(to, "\n  to ");
	name(to, r->to);
	line_add(to, ")\n\n");
}

static void heading(struct line *to, const struct sizes *s)
{
	double seconds = sizes_expected_s(s);
	line_add(to, "%s on disk in %zu database%s, %s tables; ",
		 figure_bytes(bytes_of(&s->total), true).text, s->database_count,
		 s->database_count == 1 ? "" : "s", figure_count(s->table_count).text);
	/* to connect and to make the tables takes as long as that */
	line_add(to, "a copy should take %s\n",
		 seconds < 1 ? "a second or two" : figure_seconds(seconds).text);
	line_add(to, "  (at %s a GB, ", figure_seconds(s->seconds_per_gb).text);
	if (s->rates) {
		rehearsed(to, s->rates);
	} else {
		line_add(to, "rows verified, as measured with %s on two cores that both\n", s->measured);
		line_add(to, "  servers share; the destination's processor decides)\n\n");
	}
	line_add(to, "  %11s%11s%11s %15s\n", is_small(s) ? "MB" : "GB", "data", "indexes", "rows, about");
}

void sizes_text(struct line *to, const struct sizes *s, int verbose)
{
	size_t shown = verbose || s->table_count <= LARGEST ? s->table_count : LARGEST;
	heading(to, s);
	for (size_t i = 0; i < s->database_count; i++) {
		figures(to, &s->databases[i], is_small(s));
		name(to, s->databases[i].database);
		line_add(to, "\n");
	}
	line_add(to, "\n");
	for (size_t i = 0; i < shown; i++) {
		const struct size_row *t = &s->tables[i];
		figures(to, t, is_small(s));
		name(to, t->database);
		line_add(to, ".");
		if (strcmp(t->schema, t->database) != 0) {
			name(to, t->schema);
			line_add(to, ".");
		}
		name(to, t->name);
		line_add(to, "\n");
	}
	if (shown < s->table_count)
		line_add(to, "  and %s smaller ones (-v shows them)\n",
			 figure_count(s->table_count - shown).text);
}

static void members(struct event *e, const struct size_row *r)
{
	event_u64(e, "bytes", bytes_of(r));
	event_u64(e, "data_bytes", r->data_bytes);
	event_u64(e, "index_bytes", r->index_bytes);
	event_u64(e, "rows", r->rows);
}

static void text(struct event *e, const char *key, const char *s)
{
	event_string(e, key, s, strlen(s));
}

void sizes_event_table(struct event *e, const struct size_row *table)
{
	text(e, "database", table->database);
	text(e, "schema", table->schema);
	text(e, "item", table->name);
	members(e, table);
}

void sizes_event(struct event *e, const struct sizes *s)
{
	event_double(e, "expected_s", sizes_expected_s(s));
	event_double(e, "seconds_per_gb", s->seconds_per_gb);
	event_bool(e, "rehearsed", s->rates != NULL);
	sizes_event_found(e, s);
}

void sizes_event_found(struct event *e, const struct sizes *s)
{
	event_open(e, "items");
	event_u64(e, "total", s->table_count);
	event_close(e);
	event_open(e, "bytes");
	event_u64(e, "total", bytes_of(&s->total));
	event_u64(e, "data", s->total.data_bytes);
	event_u64(e, "indexes", s->total.index_bytes);
	event_close(e);
	event_open_array(e, "databases");
	for (size_t i = 0; i < s->database_count; i++) {
		event_open(e, NULL);
		text(e, "name", s->databases[i].database);
		event_u64(e, "tables", s->databases[i].tables);
		members(e, &s->databases[i]);
		event_close(e);
	}
	event_close(e);
}
