#include "xfer/tree/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void pick_fini(struct pick *p)
{
	for (size_t i = 0; i < p->kid_count; i++)
		pick_fini(&p->kids[i]);
	for (size_t i = 0; i < p->contents; i++)
		dir_unref(p->content[i]);
	free(p->kids);
	free(p->content);
	dir_unref(p->at);
	free(p->name);
	*p = (struct pick){ 0 };
}

void roots_close(struct roots *r)
{
	pick_fini(&r->pick);
	free(r->single);
	r->single = NULL;
}

static int add_content(struct pick *p, struct dir *d)
{
	struct dir **more = realloc(p->content, (p->contents + 1) * sizeof(struct dir *));
	if (!more)
		return -ENOMEM;
	p->content = more;
	p->content[p->contents++] = dir_ref(d);
	return 0;
}

/* The kid called name: the last one if it is that (paths come sorted where there are many), else any, else a new one
 * standing in at. NULL: no memory. */
static struct pick *find_or_add(struct pick *p, const char *name, size_t len, struct dir *at, bool sorted)
{
	for (size_t i = p->kid_count; i-- > 0;) {
		struct pick *kid = &p->kids[i];
		if (strlen(kid->name) == len && memcmp(kid->name, name, len) == 0)
			return kid;
		if (sorted)
			break;
	}
	if ((p->kid_count & (p->kid_count - 1)) == 0) { /* room is doubled at each power of two */
		struct pick *more = realloc(p->kids, (p->kid_count ? p->kid_count * 2 : 1) * sizeof *more);
		if (!more)
			return NULL;
		p->kids = more;
	}
	struct pick *kid = &p->kids[p->kid_count];
	*kid = (struct pick){ .name = strndup(name, len) };
	if (!kid->name)
		return NULL;
	kid->at = dir_ref(at);
	p->kid_count++;
	return kid;
}

/* Marks kid as wanted with all below it; when it is that from another place already, the two are merged. */
static int take_whole(struct pick *kid, struct dir *at)
{
	if (kid->at == at) {
		kid->whole = true;
		return 0;
	}
	struct dir *d = dir_child(at, kid->name, strlen(kid->name));
	int r = d ? add_content(kid, d) : -ENOMEM;
	dir_unref(d);
	return r;
}

static void missing(struct roots *r, const char *name, int error, const struct tell *tell)
{
	struct err e;
	err_set(&e, error, "source");
	r->pick.missing = true;
	tell->failure(tell->ctx, name, strlen(name), e.text, tell_errnum(error));
}

/* Opens path as a directory. NULL after telling; *fatal set when memory ran out. */
static struct dir *open_dir(struct roots *r, struct dirs *pool, const char *path, const struct tell *tell,
			    int *fatal)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		missing(r, path, -errno, tell);
		return NULL;
	}
	struct dir *d = dir_root_named(pool, fd, path);
	if (!d) {
		close(fd);
		*fatal = -ENOMEM;
	}
	return d;
}

/* The same directory again is the same struct dir: "src/" followed by a hundred names costs one descriptor. */
static struct dir *share(struct roots *r, struct dir *d)
{
	for (size_t i = 0; d && i < r->pick.kid_count; i++) {
		struct dir *other = r->pick.kids[i].at;
		if (dir_dev(other) == dir_dev(d) && dir_ino(other) == dir_ino(d)) {
			dir_unref(d);
			return dir_ref(other);
		}
	}
	return d;
}

/* The directory called name in at, on the way to what the user typed: a symlink is followed there, as the kernel would
 * follow it. Not for --files-from, whose lists may speak of a tree that its owner changes. NULL: no memory. */
static struct dir *on_the_way(struct dirs *pool, struct dir *at, const char *name, size_t len)
{
	struct dir *d = dir_child(at, name, len);
	int fd = dir_fd(at);
	struct stat st;
	if (!d || fd < 0 || fstatat(fd, dir_name(d), &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode))
		return d;
	int to = openat(fd, dir_name(d), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dir *target = to < 0 ? NULL : dir_root(pool, to, dir_name(d));
	if (!target) {
		if (to >= 0)
			close(to);
		return d;
	}
	dir_unref(d);
	return target;
}

/* How a path stands in the destination: as it is, as it is in a sorted list, or by its last name alone. */
enum placing { PLACE_PATH, PLACE_SORTED, PLACE_NAME };

/* Puts path, below base, component by component under the root. */
static int add_below(struct roots *r, struct dirs *pool, struct dir *base, const char *path,
		     const struct tell *tell, enum placing placing)
{
	struct pick *p = &r->pick;
	struct dir *at = dir_ref(base);
	int code = 0;
	while (code == 0) {
		path += strspn(path, "/");
		size_t n = strcspn(path, "/");
		if (n == 0)
			break;
		const char *rest = path + n + strspn(path + n, "/");
		bool last = !*rest;
		if (n == 1 && *path == '.') {
			path = rest;
			continue;
		}
		if (n > NAME_LIMIT || (n == 2 && memcmp(path, "..", 2) == 0)) {
			missing(r, path, n > NAME_LIMIT ? -ENAMETOOLONG : -EINVAL, tell);
			break;
		}
		if (last || placing != PLACE_NAME)
			p = find_or_add(p, path, n, at, placing == PLACE_SORTED);
		if (!p)
			code = -ENOMEM;
		else if (last)
			code = take_whole(p, at);
		if (code == 0 && !last) {
			/* of a sorted list all come from one base, and what led to the one before leads to this one */
			struct dir *next = placing == PLACE_SORTED && p->kid_count ? dir_ref(p->kids[0].at)
					   : placing == PLACE_PATH ? on_the_way(pool, at, path, n)
								   : dir_child(at, path, n);
			dir_unref(at);
			at = next;
			code = at ? 0 : -ENOMEM;
		}
		path = rest;
	}
	dir_unref(at);
	return code;
}

/* Past what does not count at the start of a component: slashes and "./". */
static const unsigned char *component(const unsigned char *p)
{
	while (*p == '/' || (*p == '.' && (p[1] == '/' || !p[1])))
		p++;
	return p;
}

/* In the order of a walk: a slash before all other bytes, so that what is below a name follows it at once, however it is
 * written. */
static int compare_paths(const void *a, const void *b)
{
	const unsigned char *p = component(*(const unsigned char *const *)a);
	const unsigned char *q = component(*(const unsigned char *const *)b);
	while (*p && *p == *q) {
		bool slash = *p == '/';
		p = slash ? component(p + 1) : p + 1;
		q = slash ? component(q + 1) : q + 1;
	}
	int x = *p == '/' ? 1 : *p ? *p + 1 : 0, y = *q == '/' ? 1 : *q ? *q + 1 : 0;
	return x - y;
}

static int add_files_from(struct roots *r, struct dirs *pool, const struct options *o, const char *arg,
			  const struct tell *tell)
{
	int code = 0;
	struct dir *base = open_dir(r, pool, arg, tell, &code);
	if (!base)
		return code;
	r->found++;
	char **sorted = malloc((o->files_from.count ? o->files_from.count : 1) * sizeof *sorted);
	if (!sorted) {
		dir_unref(base);
		return -ENOMEM;
	}
	memcpy(sorted, o->files_from.at, o->files_from.count * sizeof *sorted);
	qsort(sorted, o->files_from.count, sizeof *sorted, compare_paths);
	for (size_t i = 0; code == 0 && i < o->files_from.count; i++)
		code = add_below(r, pool, base, sorted[i], tell, o->relative ? PLACE_SORTED : PLACE_NAME);
	free(sorted);
	dir_unref(base);
	return code;
}

bool roots_relative_is_content(const char *path)
{
	return !path[strspn(path, "./")] && !strstr(path, "..");
}

/* --relative: the path from "/./" on, else all of it, stands in the destination. */
static int add_relative(struct roots *r, struct dirs *pool, const char *arg, const struct tell *tell)
{
	const char *dot = strstr(arg, "/./");
	char *base = dot ? strndup(arg, (size_t)(dot - arg) + 1) : strdup(*arg == '/' ? "/" : ".");
	int code = base ? 0 : -ENOMEM;
	struct dir *d = base ? open_dir(r, pool, base, tell, &code) : NULL;
	free(base);
	if (!d)
		return code;
	const char *path = dot ? dot + 3 : arg;
	struct stat st;
	if (lstat(arg, &st) < 0) {
		missing(r, arg, -errno, tell);
		dir_unref(d);
		return 0;
	}
	r->found++;
	d = share(r, d);
	if (roots_relative_is_content(path))
		code = add_content(&r->pick, d);
	else
		code = add_below(r, pool, d, path, tell, PLACE_PATH);
	dir_unref(d);
	return code;
}

static void left_out(const char *arg, const struct tell *tell)
{
	char *text;
	if (asprintf(&text, "%s: is a directory: left out (no -r)", arg) < 0)
		return;
	tell->warning(tell->ctx, text);
	free(text);
}

bool roots_means_content(const char *arg)
{
	size_t n = strlen(arg);
	const char *slash = strrchr(arg, '/');
	const char *last = slash ? slash + 1 : arg;
	return n == 0 || arg[n - 1] == '/' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

static int add_content_of(struct roots *r, struct dirs *pool, const struct options *o, const char *arg,
			  const struct tell *tell)
{
	int code = 0;
	struct dir *d = open_dir(r, pool, *arg ? arg : ".", tell, &code);
	if (!d)
		return code;
	r->found++;
	if (o->recurse || o->list_only)
		code = add_content(&r->pick, d);
	else
		left_out(arg, tell);
	dir_unref(d);
	return code;
}

static int add_named(struct roots *r, struct dirs *pool, const char *arg, const struct tell *tell)
{
	struct stat st;
	const char *slash = strrchr(arg, '/');
	const char *name = slash ? slash + 1 : arg;
	if (lstat(arg, &st) < 0) {
		missing(r, arg, -errno, tell);
		return 0;
	}
	char *parent = slash ? strndup(arg, (size_t)(slash - arg) + 1) : strdup(".");
	int code = parent ? 0 : -ENOMEM;
	struct dir *d = parent ? open_dir(r, pool, parent, tell, &code) : NULL;
	free(parent);
	if (!d)
		return code;
	d = share(r, d);
	r->found++;
	struct pick *p = find_or_add(&r->pick, name, strlen(name), d, false);
	code = p ? take_whole(p, d) : -ENOMEM;
	dir_unref(d);
	if (!S_ISDIR(st.st_mode) && !r->single)
		r->single = strdup(name);
	return code;
}

int roots_open(struct roots *out, struct dirs *pool, const struct options *o, const struct strings *args,
	       const struct tell *tell, struct err *err)
{
	*out = (struct roots){ 0 };
	int code = 0;
	for (size_t i = 0; code == 0 && i < args->count; i++) {
		const char *arg = args->at[i];
		if (o->have_files_from)
			code = add_files_from(out, pool, o, arg, tell);
		else if (o->relative)
			code = add_relative(out, pool, arg, tell);
		else if (roots_means_content(arg))
			code = add_content_of(out, pool, o, arg, tell);
		else
			code = add_named(out, pool, arg, tell);
		if (code < 0)
			err_set(err, code, "%s", arg);
	}
	if (args->count != 1) {
		free(out->single);
		out->single = NULL;
	}
	if (code < 0)
		roots_close(out);
	return code;
}
