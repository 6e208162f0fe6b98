/* place.h - a folder for fuzz targets that touch files: place/root is theirs, and beside it stands what nothing that a peer
 * says may touch. root is made anew for each input, what place_dir makes beside it is there for all. One at a time, one
 * thread. */
#pragma once
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static char place_path[200];
static nlink_t place_links = 2; /* itself, its name, and a folder each */

static inline void place_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static inline int place_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline void place_clear(void)
{
	CHECK(chdir(place_path) == 0);
	nftw("root", place_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The last process out: libFuzzer's workers end by exit. */
static inline void place_leave(void)
{
	if (chdir("/") == 0)
		nftw(place_path, place_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void place_dir(const char *path)
{
	CHECK(mkdir(path, 0755) == 0);
	place_links += !strchr(path, '/');
}

/* The working directory becomes the place, with an empty root. */
static inline void place_enter(void)
{
	if (!place_path[0]) {
		const char *tmp = getenv("TMPDIR");
		snprintf(place_path, sizeof place_path, "%s/xfer-fuzz.XXXXXX", tmp && *tmp ? tmp : "/tmp");
		CHECK(mkdtemp(place_path) && chdir(place_path) == 0);
		place_dir("outside");
		place_file("outside/file", "untouched");
		atexit(place_leave);
	}
	CHECK(chdir(place_path) == 0 && mkdir("root", 0755) == 0);
}

/* What stands beside the root is as it was. */
static inline void place_check(void)
{
	char text[16] = "";
	struct stat place, dir, file;
	int fd = open("outside/file", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	CHECK(fd >= 0 && read(fd, text, sizeof text) == 9 && !memcmp(text, "untouched", 9));
	CHECK(fstat(fd, &file) == 0 && (file.st_mode & 07777) == 0644 && file.st_nlink == 1);
	CHECK(lstat("outside", &dir) == 0 && dir.st_nlink == 2 && (dir.st_mode & 07777) == 0755);
	CHECK(stat(".", &place) == 0 && place.st_nlink == place_links + 1); /* and root */
	close(fd);
}
