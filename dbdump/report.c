#include "dbdump/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/grow.h"
#include "dbdump/report_add.h"

static void narrowed_fini(struct narrowed *n)
{
	for (size_t i = 0; i < n->named_count; i++)
		free(n->named[i].name);
	free(n->first);
	free(n->last);
}

/* So many of each stay. */
static void cut(struct report *r, const struct report_place *to)
{
	for (; r->table_count > to->tables; r->table_count--) {
		struct table_report *t = &r->tables[r->table_count - 1];
		free(t->schema);
		free(t->name);
		narrowed_fini(&t->narrowed);
	}
	for (; r->object_count > to->objects; r->object_count--)
		free(r->objects[r->object_count - 1].name);
	for (; r->failure_count > to->failures; r->failure_count--) {
		free(r->failures[r->failure_count - 1].name);
		free(r->failures[r->failure_count - 1].text);
	}
	for (; r->moment_count > to->moments; r->moment_count--)
		free(r->moments[r->moment_count - 1].database);
}

int report_place(struct report_place *out, const struct report *r)
{
	*out = (struct report_place){ .tables = r->table_count,
				      .kinds = r->kind_count,
				      .objects = r->object_count,
				      .failures = r->failure_count,
				      .moments = r->moment_count,
				      .counted = calloc(r->kind_count + 1, sizeof *out->counted),
				      .source = r->source,
				      .target = r->target };
	for (size_t i = 0; out->counted && i < r->kind_count; i++)
		out->counted[i] = r->kinds[i];
	return out->counted ? 0 : -ENOMEM;
}

void report_place_fini(struct report_place *p)
{
	free(p->counted);
}

void report_return(struct report *r, const struct report_place *to)
{
	cut(r, to);
	r->kind_count = to->kinds;
	for (size_t i = 0; i < to->kinds; i++)
		r->kinds[i] = to->counted[i];
	r->source = to->source;
	r->target = to->target;
}

void report_fini(struct report *r)
{
	cut(r, &(struct report_place){ 0 });
	free(r->tables);
	free(r->kinds);
	free(r->objects);
	free(r->failures);
	free(r->moments);
	free(r->phases);
	strings_fini(&r->warnings);
	strings_fini(&r->databases);
	*r = (struct report){ 0 };
}

int report_table(struct report *r, const struct table *t)
{
	struct table_report *grown = grow_by_one(r->tables, r->table_count, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	r->tables = grown;
	struct table_report *to = &r->tables[r->table_count++];
	to->schema = strdup(t->schema);
	to->name = strdup(t->name);
	to->live = t->rows_kind == ROWS_LIVE;
	return to->schema && to->name ? 0 : -ENOMEM;
}

int report_object(struct report *r, enum difference what, const char *kind, const char *name)
{
	struct object_report *grown = grow_by_one(r->objects, r->object_count, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	r->objects = grown;
	struct object_report *to = &r->objects[r->object_count++];
	*to = (struct object_report){ .what = what, .kind = kind, .name = strdup(name) };
	return to->name ? 0 : -ENOMEM;
}

int report_moment(struct report *r, const char *database, const struct snapshot *s)
{
	struct moment *grown = grow_by_one(r->moments, r->moment_count, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	r->moments = grown;
	struct moment *to = &r->moments[r->moment_count++];
	*to = (struct moment){ .snapshot = *s, .database = database ? strdup(database) : NULL };
	return to->database || !database ? 0 : -ENOMEM;
}

const struct failure *report_failure(struct report *r, const char *kind, const char *name,
				     const struct err *err)
{
	struct failure *grown = grow_by_one(r->failures, r->failure_count, sizeof *grown);
	if (!grown)
		return NULL;
	r->failures = grown;
	struct failure *to = &r->failures[r->failure_count++];
	*to = (struct failure){
		.kind = kind, .code = err->code, .name = strdup(name), .text = strdup(err->text)
	};
	return to->name && to->text ? to : NULL;
}

struct kind_report *report_kind(struct report *r, const char *kind)
{
	for (size_t i = 0; i < r->kind_count; i++)
		if (strcmp(r->kinds[i].kind, kind) == 0)
			return &r->kinds[i];
	struct kind_report *grown = grow_by_one(r->kinds, r->kind_count, sizeof *grown);
	if (!grown)
		return NULL;
	r->kinds = grown;
	r->kinds[r->kind_count].kind = kind;
	return &r->kinds[r->kind_count++];
}

int report_phase(struct report *r, const char *phase, double seconds)
{
	size_t i = 0;
	while (i < r->phase_count && strcmp(r->phases[i].phase, phase) != 0)
		i++;
	if (i == r->phase_count) {
		struct phase_report *grown = grow_by_one(r->phases, r->phase_count, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		r->phases = grown;
		r->phases[r->phase_count++].phase = phase;
	}
	r->phases[i].seconds += seconds;
	return 0;
}
