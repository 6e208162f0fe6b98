/* trees.h - the trees of whole sessions, for the targets that play one end and for record.c, which plays both: what is at the
 * source, what of it is at the destination already, and the options that the first bytes of an input stand for. In place.h's
 * folder, so that no path of a machine gets into an input.
 *
 * Large content is made of few different blocks and of zeros: it hardly takes room in a frame. One thread. */
#pragma once
#include <dirent.h>

#include "tests/fuzz/place.h"
#include "xfer/cli/args.h"
#include "xfer/codec/hash.h"
#include "xfer/tree/journal.h"
#include "xfer/tree/temp_name.h"
#include "xfer/tree/transfer.h"

/* What the uppermost bits of the options are, which are no option. */
#define TREES_DISTRUST (UINT32_C(1) << 28) /* a journal says that what is there may be lost */
#define TREES_OLD (UINT32_C(1) << 29)	   /* the other side speaks version 1 */
#define TREES_ASKED (UINT32_C(1) << 30)	   /* only some names were asked for */
#define TREES_VERIFY (UINT32_C(1) << 31)   /* a second pass compares */

enum {
	TREES_BLOCK = 16 * 1024,	/* the least that a delta knows */
	TREES_LARGE = 20 * TREES_BLOCK, /* too much for a bundle */
	TREES_KEPT = 1 << 20,
};

static inline struct options trees_options(uint32_t bits)
{
	static char state[] = "state";
	struct options o;
	options_init(&o);
	/* no device nodes: run as root, the peer would make real ones */
	bool *const flags[] = {
		&o.recurse,	&o.links,	   &o.perms,	       &o.times,   &o.owner,
		&o.group,	&o.specials,	   &o.hard_links,      &o.acls,	   &o.xattrs,
		&o.sparse,	&o.omit_dir_times, &o.relative,	       &o.update,  &o.checksum,
		&o.size_only,	&o.ignore_times,   &o.existing,	       &o.delete,  &o.dry_run,
		&o.numeric_ids, &o.list_only,	   &o.ignore_existing, &o.itemize, &o.mkpath,
		&o.space_check, &o.fsync,	   &o.delete_excluded,
	};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		*flags[i] = bits >> i & 1;
	o.verify = bits & TREES_VERIFY;
	o.io = IO_PLAIN;
	o.jobs = 1;
	o.state_dir = state; /* borrowed: these options are not freed */
	return o;
}

static inline uint32_t trees_version(uint32_t bits)
{
	return bits & TREES_OLD ? 1 : HELLO_BASES;
}

/* A file of this size that begins with these blocks, each of one byte's value; the rest is a hole. */
static inline void trees_blocks(const char *path, const char *blocks, off_t size)
{
	static uint8_t block[TREES_BLOCK];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	for (; *blocks; blocks++) {
		memset(block, *blocks, sizeof block);
		CHECK(write(fd, block, sizeof block) == sizeof block);
	}
	CHECK(ftruncate(fd, size) == 0);
	close(fd);
}

/* What a receiver finds. */
static inline void trees_root(void)
{
	char temp[TEMP_NAME_SIZE], path[TEMP_NAME_SIZE + 8];
	CHECK(mkdir("root/d", 0755) == 0 && mkdir("root/d/e", 0700) == 0);
	place_file("root/a", "old");
	place_file("root/d/a", "old");
	CHECK(symlink("../outside", "root/l") == 0 && symlink("../../outside/file", "root/d/l") == 0);
	CHECK(link("root/a", "root/h") == 0);
	trees_blocks("root/d/big", "xy", (off_t)2 * TREES_BLOCK);
	temp_name(temp, "left", 4);
	snprintf(path, sizeof path, "root/d/%s", temp);
	trees_blocks(path, "", TREES_KEPT);
}

/* Zeros that are no hole, and then a text. */
static inline void trees_kept(const char *path)
{
	static const uint8_t zeros[TREES_BLOCK];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	for (size_t at = 0; at < TREES_KEPT; at += sizeof zeros)
		CHECK(write(fd, zeros, sizeof zeros) == sizeof zeros);
	CHECK(write(fd, "the end", 7) == 7);
	close(fd);
}

static inline int trees_set_time(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	static const struct timespec when[2] = { { 1700000000, 0 }, { 1700000000, 0 } };
	(void)st, (void)kind, (void)at;
	return utimensat(AT_FDCWD, path, when, AT_SYMLINK_NOFOLLOW);
}

/* What a sender finds; once, because nothing changes it. */
static inline void trees_source(void)
{
	if (access("source", F_OK) == 0)
		return;
	place_dir("source");
	place_dir("source/d");
	place_dir("source/new");
	place_file("source/a", "new content");
	place_file("source/d/a", "newer content");
	place_file("source/new/n", "n");
	CHECK(symlink("a", "source/l") == 0 && link("source/a", "source/h") == 0);
	trees_blocks("source/d/big", "yxyxxxyxyxyxyxyxyyyx", TREES_LARGE);
	trees_blocks("source/hole", "", TREES_LARGE);
	trees_kept("source/d/left");
	CHECK(nftw("source", trees_set_time, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Everything at the source that reading it does not change. */
static uint64_t trees_sum;

static inline int trees_add(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)kind, (void)at;
	const uint64_t seen[] = { st->st_ino,
				  st->st_mode,
				  st->st_nlink,
				  (uint64_t)st->st_size,
				  (uint64_t)st->st_mtim.tv_sec,
				  (uint64_t)st->st_ctim.tv_sec,
				  (uint64_t)st->st_ctim.tv_nsec };
	struct digest d = hash_of(seen, sizeof seen), name = hash_of(path, strlen(path));
	for (size_t i = 0; i < 8; i++)
		trees_sum += (uint64_t)(d.byte[i] ^ name.byte[i]) << 8 * i;
	return 0;
}

static inline uint64_t trees_source_sum(void)
{
	trees_sum = 0;
	CHECK(nftw("source", trees_add, 16, FTW_PHYS) == 0);
	return trees_sum;
}

static inline void trees_state(void)
{
	if (access("state", F_OK) < 0)
		place_dir("state");
}

/* The path of a file in it, to be freed; NULL: it is empty. */
static inline char *trees_only_file(const char *folder)
{
	char *path = NULL;
	DIR *d = opendir(folder);
	CHECK(d);
	for (struct dirent *e; !path && (e = readdir(d));)
		if (e->d_name[0] != '.')
			CHECK(asprintf(&path, "%s/%s", folder, e->d_name) > 0);
	closedir(d);
	return path;
}

/* The journal of a run that did not get to its end, torn: what is in the root is not believed. */
static inline void trees_distrust(void)
{
	struct journal *j;
	struct err err;
	static const struct journal_state unknown = { .until = INT64_MIN,
						      .since = INT64_MAX,
						      .doubt = INT64_MIN };
	uint8_t record[JOURNAL_RECORD];
	int root = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int dir = open("state", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	CHECK(root >= 0 && dir >= 0);
	CHECK(journal_open(&j, dir, root, false, &err) == 0 && journal_begin(j, &err) == 0);
	journal_close(j);
	close(root);
	char *name = trees_only_file("state");
	CHECK((fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC)) >= 0);
	journal_pack(record, &unknown);
	CHECK(write(fd, record, sizeof record) == sizeof record && write(fd, "torn", 4) == 4);
	close(fd);
	free(name);
}

static inline void trees_clear_state(void)
{
	for (char *path; (path = trees_only_file("state")); free(path))
		CHECK(unlink(path) == 0);
}
