/* filter_select - applies the filter module to a directory the way the walkers do, for comparison with rsync.
 *
 *   filter_select [--receiver] [--delete-excluded] [--from0] DIR [OPTION...]
 *
 * OPTION is -f=RULE --filter=RULE --include=P --exclude=P --include-from=F --exclude-from=F. Prints, each
 * ended by NUL, the paths that a sender selects; with --receiver the paths that survive when everything in
 * DIR is to be deleted. Exits with 1 and a sentence when anything fails. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/tree/filter.h"
#include "xfer/base/strings.h"

struct selector {
	struct filter *f;
	bool receiver, from0;
	struct err err;
};

static void print(const char *path)
{
	fputs(path, stdout);
	putchar('\0');
}

/* What a receiver does with the directory that is walked; a sender does not care. */
enum below { STAYING, REMOVED, PROTECTED };

static bool walk(struct selector *s, int fd, const char *path, struct filter_dir *parent, enum below below);

static enum filter_side side_of(const struct selector *s, bool removing)
{
	if (!s->receiver)
		return FILTER_SENDER;
	return removing ? FILTER_REMOVING : FILTER_RECEIVER;
}

/* Returns true when the receiver must keep the entry. */
static bool consider(struct selector *s, int dirfd, const char *path, const char *name, struct filter_dir *d,
		     enum below below)
{
	struct stat st;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		abort();
	bool is_dir = S_ISDIR(st.st_mode);
	enum filter_side side = side_of(s, below == REMOVED);
	bool excluded = below == PROTECTED || filter_check(s->f, d, path, is_dir, side) == FILTER_EXCLUDE;
	if (!s->receiver && excluded)
		return false;

	bool kept = excluded;
	if (is_dir) {
		int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			abort();
		kept |= walk(s, fd, path, d, excluded ? PROTECTED : REMOVED);
	}
	if (!s->receiver || kept)
		print(path);
	return kept;
}

/* Takes fd. Returns true when something in it must be kept. */
static bool walk(struct selector *s, int fd, const char *path, struct filter_dir *parent, enum below below)
{
	struct filter_dir *d;
	if (filter_dir_enter(&d, s->f, parent, fd, path, &s->err) < 0) {
		fprintf(stderr, "%s\n", s->err.text);
		exit(1);
	}
	DIR *dir = fdopendir(fd);
	if (!dir)
		abort();
	bool kept = false;
	for (struct dirent *e; (e = readdir(dir));) {
		char *child;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (asprintf(&child, "%s%s%s", path, *path ? "/" : "", e->d_name) < 0)
			abort();
		kept |= consider(s, fd, child, e->d_name, d, below);
		free(child);
	}
	closedir(dir);
	filter_dir_unref(d);
	return kept;
}

static int add_option(struct selector *s, const char *arg)
{
	static const struct {
		const char *name;
		enum filter_option kind;
	} options[] = {
		{ "-f=", FILTER_OPTION_RULE },
		{ "--filter=", FILTER_OPTION_RULE },
		{ "--include=", FILTER_OPTION_INCLUDE },
		{ "--exclude=", FILTER_OPTION_EXCLUDE },
		{ "--include-from=", FILTER_OPTION_INCLUDE_FROM },
		{ "--exclude-from=", FILTER_OPTION_EXCLUDE_FROM },
	};
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		size_t len = strlen(options[i].name);
		if (strncmp(arg, options[i].name, len) != 0)
			continue;
		struct strings rules = { 0 };
		int rc = filter_expand(&rules, arg + len, options[i].kind, s->from0, &s->err);
		for (size_t k = 0; rc == 0 && k < rules.count; k++)
			rc = filter_add(s->f, rules.at[k], &s->err);
		strings_fini(&rules);
		return rc;
	}
	return err_say(&s->err, -EINVAL, "unknown option %s", arg);
}

static int prepare(struct selector *s, const char *root, char **options)
{
	char *absolute = realpath(root, NULL);
	if (!absolute)
		return err_set(&s->err, -errno, "%s", root);
	int rc = filter_set_root(s->f, absolute, &s->err);
	free(absolute);
	for (; rc == 0 && *options; options++)
		rc = add_option(s, *options);
	return rc;
}

int main(int argc, char **argv)
{
	struct selector s = { 0 };
	int i = 1;

	if (filter_new(&s.f, &s.err) < 0)
		abort();
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--receiver") == 0)
			s.receiver = true;
		else if (strcmp(argv[i], "--delete-excluded") == 0)
			filter_set_delete_excluded(s.f);
		else if (strcmp(argv[i], "--from0") == 0)
			s.from0 = true;
	}
	if (i >= argc)
		return 2;
	int fd = open(argv[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || prepare(&s, argv[i], argv + i + 1) < 0) {
		fprintf(stderr, "%s\n", fd < 0 ? argv[i] : s.err.text);
		filter_free(s.f);
		return 1;
	}
	walk(&s, fd, "", NULL, STAYING);
	filter_free(s.f);
	return 0;
}
