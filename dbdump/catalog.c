#include "dbdump/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/grow.h"

static void table_fini(struct table *t, void (*free_own)(void *own))
{
	for (size_t i = 0; i < t->column_count; i++) {
		free(t->columns[i].name);
		free(t->columns[i].type);
	}
	free(t->columns);
	free(t->schema);
	free(t->name);
	free(t->key);
	if (free_own && t->own)
		free_own(t->own);
}

void catalog_fini(struct catalog *c)
{
	for (size_t i = 0; i < c->table_count; i++)
		table_fini(&c->tables[i], c->free_own);
	for (size_t i = 0; i < c->object_count; i++) {
		free(c->objects[i].name);
		free(c->objects[i].definition);
		free(c->objects[i].owned);
		strings_fini(&c->objects[i].roles);
	}
	strings_fini(&c->roles);
	free(c->tables);
	free(c->objects);
	strings_fini(&c->left_out);
	*c = (struct catalog){ 0 };
}

struct table *catalog_add_table(struct catalog *c)
{
	struct table *grown = grow_by_one(c->tables, c->table_count, sizeof *grown);
	if (!grown)
		return NULL;
	c->tables = grown;
	return &c->tables[c->table_count++];
}

struct object *catalog_add_object(struct catalog *c)
{
	struct object *grown = grow_by_one(c->objects, c->object_count, sizeof *grown);
	if (!grown)
		return NULL;
	c->objects = grown;
	return &c->objects[c->object_count++];
}

struct column *table_add_column(struct table *t)
{
	struct column *grown = grow_by_one(t->columns, t->column_count, sizeof *grown);
	if (!grown)
		return NULL;
	t->columns = grown;
	return &t->columns[t->column_count++];
}

int catalog_leave_out(struct catalog *c, const char *schema, const char *name)
{
	if (strings_add(&c->left_out, schema, strlen(schema)))
		return -ENOMEM;
	if (!strings_add(&c->left_out, name, strlen(name)))
		return 0;
	strings_cut(&c->left_out, c->left_out.count - 1); /* they stay in pairs */
	return -ENOMEM;
}

static int compare_columns(const void *a, const void *b)
{
	return strcmp(((const struct column *)a)->name, ((const struct column *)b)->name);
}

static int compare_names(const char *schema, const char *name, const struct table *t)
{
	int by_schema = strcmp(schema, t->schema);
	return by_schema ? by_schema : strcmp(name, t->name);
}

static int compare_tables(const void *a, const void *b)
{
	const struct table *t = a;
	return compare_names(t->schema, t->name, b);
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int by_kind = strcmp(x->kind, y->kind);
	return by_kind ? by_kind : strcmp(x->name, y->name);
}

/* qsort takes no NULL. */
static void sort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	if (count)
		qsort(array, count, size, compare);
}

void catalog_sort(struct catalog *c)
{
	for (size_t i = 0; i < c->table_count; i++)
		sort(c->tables[i].columns, c->tables[i].column_count, sizeof(struct column), compare_columns);
	sort(c->tables, c->table_count, sizeof *c->tables, compare_tables);
	sort(c->objects, c->object_count, sizeof *c->objects, compare_objects);
}

struct table *catalog_find_table(const struct catalog *c, const char *schema, const char *name)
{
	size_t low = 0, high = c->table_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_names(schema, name, &c->tables[middle]);
		if (order == 0)
			return &c->tables[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct object *catalog_find_object(const struct catalog *c, const char *kind, const char *name)
{
	const struct object wanted = { .kind = kind, .name = (char *)name };
	return c->object_count ? bsearch(&wanted, c->objects, c->object_count, sizeof wanted, compare_objects)
			       : NULL;
}
