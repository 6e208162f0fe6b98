/* list_tree.c - a line for every name of a tree, sorted, for tree_listing in lib.sh:
 *
 *   list_tree DIR [SINCE]
 *   name TAB type mode uid gid size mtime TAB device number TAB target TAB hash TAB first name of its hard-link group
 *
 * Names begin with "."; a backslash, newline or tab in a name or target is escaped. The hash is XXH128 of all bytes; SINCE, in
 * seconds: later times are all "now". Nothing of the product's is in it: it is what the product is judged by. It follows no
 * symlink, knows no longest path, and what cannot be read is an error. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <xxhash.h>

struct line {
	char *text;
	dev_t dev;
	ino_t ino;
	bool linked;
};

static struct line *lines;
static size_t count;

static _Noreturn void fail(const char *name, int error)
{
	fprintf(stderr, "list_tree: %s: %s\n", name, strerror(error));
	exit(1);
}

static char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFREG:
		return 'f';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	default:
		return 's';
	}
}

static void put_escaped(FILE *to, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '\\':
			fputs("\\\\", to);
			break;
		case '\n':
			fputs("\\n", to);
			break;
		case '\t':
			fputs("\\t", to);
			break;
		default:
			putc(*text, to);
		}
}

static void put_target(FILE *to, const FTSENT *e)
{
	static char target[1 << 16];
	ssize_t n = readlink(e->fts_accpath, target, sizeof target - 1);
	if (n < 0)
		fail(e->fts_path, errno);
	target[n] = 0;
	put_escaped(to, target);
}

static void put_hash(FILE *to, const FTSENT *e)
{
	static char data[1 << 18];
	static XXH3_state_t *state;
	int fd = open(e->fts_accpath, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;
	if (!state && !(state = XXH3_createState()))
		fail("hash", ENOMEM);
	if (fd < 0)
		fail(e->fts_path, errno);
	XXH3_128bits_reset(state);
	while ((n = read(fd, data, sizeof data)) > 0)
		XXH3_128bits_update(state, data, (size_t)n);
	if (n < 0)
		fail(e->fts_path, errno);
	close(fd);
	XXH128_hash_t hash = XXH3_128bits_digest(state);
	fprintf(to, "%016llx%016llx", (unsigned long long)hash.high64, (unsigned long long)hash.low64);
}

static void put(FILE *to, const FTSENT *e, long long since)
{
	const struct stat *st = e->fts_statp;
	char type = type_of(st->st_mode);
	put_escaped(to, e->fts_path);
	fprintf(to, "\t%c %o %u %u ", type, st->st_mode & 07777, st->st_uid, st->st_gid);
	if (type == 'd')
		fputs("- ", to);
	else
		fprintf(to, "%lld ", (long long)st->st_size);
	if (st->st_mtim.tv_sec < since)
		fprintf(to, "%lld.%09ld\t", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	else
		fputs("now\t", to);
	if (type == 'b' || type == 'c')
		fprintf(to, "%x:%x", major(st->st_rdev), minor(st->st_rdev));
	putc('\t', to);
	if (type == 'l')
		put_target(to, e);
	putc('\t', to);
	if (type == 'f')
		put_hash(to, e);
}

static void add(const FTSENT *e, long long since)
{
	const struct stat *st = e->fts_statp;
	struct line l = { .dev = st->st_dev,
			  .ino = st->st_ino,
			  .linked = !S_ISDIR(st->st_mode) && st->st_nlink > 1 };
	size_t size;
	FILE *to = open_memstream(&l.text, &size);
	if (!to)
		fail(e->fts_path, errno);
	put(to, e, since);
	if (fclose(to) != 0)
		fail(e->fts_path, errno);
	if ((count & (count + 1)) == 0) { /* full: room for twice as many */
		struct line *more = realloc(lines, 2 * (count + 1) * sizeof *lines);
		if (!more)
			fail(e->fts_path, ENOMEM);
		lines = more;
	}
	lines[count++] = l;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

/* The first of the names that the file of line i has. */
static size_t first_of(size_t i)
{
	size_t first = 0;
	while (!(lines[first].linked && lines[first].ino == lines[i].ino && lines[first].dev == lines[i].dev))
		first++;
	return first;
}

int main(int argc, char **argv)
{
	static char here[] = ".";
	char *roots[] = { here, NULL };
	long long since = argc > 2 ? strtoll(argv[2], NULL, 10) : INT64_MAX;
	if (argc < 2 || chdir(argv[1]) < 0)
		fail(argc < 2 ? "DIR" : argv[1], errno);
	FTS *f = fts_open(roots, FTS_PHYSICAL, NULL);
	if (!f)
		fail(here, errno);
	for (FTSENT *e; errno = 0, (e = fts_read(f));) {
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			fail(e->fts_path, e->fts_errno);
		if (e->fts_info != FTS_DP)
			add(e, since);
	}
	if (errno)
		fail("the tree", errno);
	fts_close(f);
	qsort(lines, count, sizeof *lines, by_name);
	for (size_t i = 0; i < count; i++)
		printf("%s\t%.*s\n", lines[i].text,
		       lines[i].linked ? (int)strcspn(lines[first_of(i)].text, "\t") : 1,
		       lines[i].linked ? lines[first_of(i)].text : "-");
	if (fflush(stdout) != 0)
		fail("standard output", errno);
	for (size_t i = 0; i < count; i++)
		free(lines[i].text);
	free(lines);
	return 0;
}
