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

void report_fini(struct report *r)
{
	for (size_t i = 0; i < r->table_count; i++) {
		free(r->tables[i].schema);
		free(r->tables[i].name);
		narrowed_fini(&r->tables[i].narrowed);
	}
	for (size_t i = 0; i < r->object_count; i++)
		free(r->objects[i].name);
	for (size_t i = 0; i < r->failure_count; i++) {
		free(r->failures[i].name);
		free(r->failures[i].text);
	}
	for (size_t i = 0; i < r->moment_count; i++)
		free(r->moments[i].database);
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
