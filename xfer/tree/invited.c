#include "xfer/tree/invited.h"

#include <errno.h>
#include <string.h>

#include "xfer/tree/roots.h"

enum { NAMES_MEMORY = 1 << 20 };

/* Adds the first component of a path that stands below the root as a whole. */
static int add_first(struct invited *i, const char *path)
{
	struct err ignored; /* its code says it */
	for (;;) {
		path += strspn(path, "/");
		size_t n = strcspn(path, "/");
		if (n != 1 || *path != '.')
			return n ? nameset_add(i->names, path, n, &ignored) : 0;
		path += n;
	}
}

static int add_argument(struct invited *i, const struct options *o, const char *arg)
{
	if (o->relative) {
		const char *dot = strstr(arg, "/./");
		const char *path = dot ? dot + 3 : arg;
		i->content |= roots_relative_is_content(path);
		return add_first(i, path);
	}
	const char *slash = strrchr(arg, '/');
	i->content |= roots_means_content(arg);
	return add_first(i, slash ? slash + 1 : arg);
}

int invited_init(struct invited *out, const struct options *o, const struct strings *args)
{
	*out = (struct invited){ .names = nameset_new(o->spill_dir, NAMES_MEMORY) };
	int r = out->names ? 0 : -ENOMEM;
	for (size_t i = 0; r >= 0 && o->have_files_from && i < o->files_from.count; i++)
		r = add_first(out, o->files_from.at[i]);
	for (size_t i = 0; r >= 0 && !o->have_files_from && i < args->count; i++)
		r = add_argument(out, o, args->at[i]);
	return r < 0 ? r : 0;
}

void invited_fini(struct invited *i)
{
	nameset_free(i->names);
	*i = (struct invited){ 0 };
}

bool invited_has(const struct invited *i, const char *name, size_t len)
{
	struct err ignored; /* what cannot be looked up is not invited */
	return invited_root(i) || nameset_has(i->names, name, len, &ignored) > 0;
}

bool invited_root(const struct invited *i)
{
	return !i || i->content;
}
