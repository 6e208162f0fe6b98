/* anew.h - the folder dst is made anew from old. By hand: rm and cp would take as long as the run that is tested. Who includes
 * it defines fail. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void fail(const char *what, const char *name);

static inline void remove_dst(void)
{
	static char dst[] = "dst";
	char *roots[] = { dst, NULL };
	FTS *f = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e; f && (e = fts_read(f));)
		if (e->fts_info != FTS_D && remove(e->fts_path) < 0 && errno != ENOENT)
			fail("cannot remove", e->fts_path);
	fts_close(f);
}

static inline void copy_file(const char *from, const char *to)
{
	static char data[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC),
	    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;
	while ((n = read(in, data, sizeof data)) > 0)
		if (write(out, data, (size_t)n) != n)
			fail("cannot write", to);
	if (n < 0 || close(out) < 0)
		fail("cannot copy", from);
	close(in);
}

static inline void copy_old(void)
{
	static char old[] = "old";
	char *roots[] = { old, NULL };
	FTS *f = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e; f && (e = fts_read(f));) {
		char to[4096];
		const struct stat *st = e->fts_statp;
		struct timespec times[] = { st->st_atim, st->st_mtim };
		snprintf(to, sizeof to, "dst%s", e->fts_path + strlen(old));
		if (e->fts_info == FTS_F)
			copy_file(e->fts_path, to);
		else if (e->fts_info == FTS_D ? mkdir(to, 0700) < 0 : e->fts_info != FTS_DP)
			fail("cannot copy", e->fts_path);
		if (chmod(to, st->st_mode & 07777) < 0 || utimensat(AT_FDCWD, to, times, 0) < 0)
			fail("cannot make as it was", to);
	}
	fts_close(f);
}
