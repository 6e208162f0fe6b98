#include "dbdump/compare.h"

#include <errno.h>
#include <string.h>

#include "dbdump/report_add.h"

static int order(const struct object *a, const struct object *b)
{
	if (!a || !b)
		return a ? -1 : 1;
	int by_kind = strcmp(a->kind, b->kind);
	return by_kind ? by_kind : strcmp(a->name, b->name);
}

static bool same_definition(const struct object *a, const struct object *b)
{
	const char *x = a->definition ? a->definition : "", *y = b->definition ? b->definition : "";
	return strcmp(x, y) == 0;
}

/* One object, at either end or at both. */
static int note(struct report *r, const struct object *a, const struct object *b)
{
	const struct object *any = a ? a : b;
	/* cppcheck-suppress nullPointer; there is one of them */
	struct kind_report *kind = report_kind(r, any->kind);
	if (!kind)
		return -ENOMEM;
	kind->source += a != NULL;
	kind->target += b != NULL;
	enum difference what = !b ? DIFFERENCE_MISSING : !a ? DIFFERENCE_EXTRA : DIFFERENCE_CHANGED;
	if (what == DIFFERENCE_CHANGED && same_definition(a, b))
		return 0;
	kind->different++;
	return report_object(r, what, any->kind, any->name);
}

int compare_objects(struct report *r, const struct catalog *a, const struct catalog *b)
{
	size_t i = 0, j = 0;
	while (i < a->object_count || j < b->object_count) {
		const struct object *x = i < a->object_count ? &a->objects[i] : NULL;
		const struct object *y = j < b->object_count ? &b->objects[j] : NULL;
		int o = order(x, y);
		if (note(r, o <= 0 ? x : NULL, o >= 0 ? y : NULL) < 0)
			return -ENOMEM;
		i += o <= 0;
		j += o >= 0;
	}
	return 0;
}
