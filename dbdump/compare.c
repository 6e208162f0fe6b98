#include "dbdump/compare.h"

#include <errno.h>
#include <string.h>

#include "dbdump/excuse.h"
#include "dbdump/report_add.h"

struct comparison {
	struct report *report;
	const struct catalog *a, *b;
	struct excuses excuses;
};

static int order(const struct object *a, const struct object *b)
{
	if (!a || !b)
		return a ? -1 : 1;
	int by_kind = strcmp(a->kind, b->kind);
	return by_kind ? by_kind : strcmp(a->name, b->name);
}

static const char *definition(const struct object *o)
{
	return o->definition ? o->definition : "";
}

/* What the first role owns has no object that says so: that is its definition. */
static const char *owner(const struct catalog *c, const struct object *o)
{
	return o ? definition(o) : c->roles.at[0];
}

static bool is_same(const struct comparison *c, const struct object *x, const struct object *y)
{
	const struct object *any = x ? x : y;
	/* cppcheck-suppress nullPointer; there is one of them */
	if (strcmp(any->kind, "owner") == 0 && c->a->roles.count && c->b->roles.count)
		return strcmp(owner(c->a, x), owner(c->b, y)) == 0;
	return x && y && strcmp(definition(x), definition(y)) == 0;
}

/* One object, at either end or at both. */
static int note(struct comparison *c, const struct object *x, const struct object *y)
{
	const struct object *any = x ? x : y;
	bool same = is_same(c, x, y);
	const char *role = same ? NULL : excuse_of(x, y, c->a, c->b);
	if (role)
		return excuse_add(&c->excuses, role, any);
	/* cppcheck-suppress nullPointer; there is one of them */
	struct kind_report *kind = report_kind(c->report, any->kind);
	if (!kind)
		return -ENOMEM;
	kind->source += x != NULL;
	kind->target += y != NULL;
	if (same)
		return 0;
	kind->different++;
	enum difference what = !y ? DIFFERENCE_MISSING : !x ? DIFFERENCE_EXTRA : DIFFERENCE_CHANGED;
	return report_object(c->report, what, any->kind, any->name);
}

static int merge(struct comparison *c)
{
	const struct catalog *a = c->a, *b = c->b;
	size_t i = 0, j = 0;
	while (i < a->object_count || j < b->object_count) {
		const struct object *x = i < a->object_count ? &a->objects[i] : NULL;
		const struct object *y = j < b->object_count ? &b->objects[j] : NULL;
		int o = order(x, y);
		if (note(c, o <= 0 ? x : NULL, o >= 0 ? y : NULL) < 0)
			return -ENOMEM;
		i += o <= 0;
		j += o >= 0;
	}
	return 0;
}

int compare_objects(struct report *r, const struct catalog *a, const struct catalog *b, struct watch *w)
{
	struct comparison c = { .report = r, .a = a, .b = b };
	int rc = merge(&c);
	if (rc == 0)
		excuses_tell(&c.excuses, w);
	excuses_fini(&c.excuses);
	return rc;
}
