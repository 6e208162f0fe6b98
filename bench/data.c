/* data.c - makes the trees that are measured, the same on every machine:
 *
 *   data KIND new|old DIR SCALE      new: what is copied; old: what the destination has beforehand
 *
 * KIND is a line of kinds[]; SCALE (1: full size) multiplies the number of files, or the size of the one file. Times are
 * whole seconds, since tar's default format has no more. DIR is made. Bytes, sizes and choices come from the
 * number of the file or block alone, so that old and new agree in all that has not changed. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POOL = 4 << 20, PIECE = 1 << 20, DELTA_BLOCK = 1 << 16, DAY = 86400, EPOCH = 1700000000 };

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "data: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* What is being made. */
struct data {
	int dir; /* everything is relative to it */
	bool old;
	double scale;
	char *pool;    /* text to cut from */
	uint8_t *room; /* PIECE bytes */
};

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t seed(uint64_t what, uint64_t number)
{
	uint64_t state = what * 0xd6e8feb86659fd93 + number;
	return next(&state);
}

static size_t between(uint64_t *state, size_t low, size_t high)
{
	return low + (size_t)(next(state) % (high - low));
}

static long count_of(const struct data *d, long full)
{
	long count = (long)((double)full * d->scale);
	return count ? count : 1;
}

static char *make_pool(void)
{
	static const char *const words[] = {
		"the ",	    "account ", "is ",	    "moved ",  "to ",	    "a ",      "new ",	   "server",
		".\n",	    "function", "(",	    ") {\n",   "return ",   ";\n",     "}\n",	   "var ",
		" = ",	    "module.",	"exports",  "if (",    "null",	    "length ", "Dear ",	   "customer",
		",\n",	    "we ",	"invoice ", "please ", "find ",	    "value ",  "require(", "'./lib'",
		")",	    "this.",	"object ",  "array",   "prototype", "on ",     "and ",	   "your ",
		"message ", "\t",	"const ",   "of ",     "for ",
	};
	char *pool = malloc(POOL + 32);
	uint64_t state = 1;
	if (!pool)
		die("memory");
	for (size_t n = 0; n < POOL;) {
		const char *word = words[next(&state) % (sizeof words / sizeof *words)];
		size_t len = strlen(word);
		memcpy(pool + n, word, len);
		n += len;
	}
	return pool;
}

/* Compresses to about a third. */
static void fill_text(const struct data *d, uint8_t *to, size_t n, uint64_t *state)
{
	while (n) {
		size_t len = between(state, 32, 256);
		if (len > n)
			len = n;
		memcpy(to, d->pool + next(state) % (POOL - 256), len);
		to += len;
		n -= len;
	}
}

static void fill_noise(uint8_t *to, size_t n, uint64_t *state)
{
	for (size_t at = 0; at < n; at += 8) {
		uint64_t bits = next(state);
		memcpy(to + at, &bits, n - at < 8 ? n - at : 8);
	}
}

/* What an attachment looks like in a message. */
static void fill_base64(uint8_t *to, size_t n, uint64_t *state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t bits = 0;
	for (size_t at = 0; at < n; at++) {
		if (at % 10 == 0)
			bits = next(state);
		to[at] = at % 77 == 76 ? '\n' : (uint8_t)letters[bits & 63];
		bits >>= 6;
	}
}

static void put(int fd, const void *data, size_t n, const char *path)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = write(fd, (const char *)data + done, n - done);
		if (r < 0)
			die(path);
		done += (size_t)r;
	}
}

static int create(const struct data *d, const char *path)
{
	int fd = openat(d->dir, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0)
		die(path);
	return fd;
}

static void finish(int fd, long mtime, const char *path)
{
	struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	if (futimens(fd, times) < 0 || close(fd) < 0)
		die(path);
}

static void make_dir(const struct data *d, const char *path)
{
	if (mkdirat(d->dir, path, 0755) < 0 && errno != EEXIST)
		die(path);
}

/* A file of n <= PIECE bytes: the first `text` are text, the rest is what fill makes. */
static void make_file(const struct data *d, const char *path, size_t n, size_t text, uint64_t state)
{
	int fd = create(d, path);
	long mtime = EPOCH + (long)(state % (300 * DAY));
	if (text > n)
		text = n;
	fill_text(d, d->room, text, &state);
	fill_base64(d->room + text, n - text, &state);
	put(fd, d->room, n, path);
	finish(fd, mtime, path);
}

static void make_link(const struct data *d, const char *target, const char *path)
{
	struct timespec times[2] = { { .tv_sec = EPOCH }, { .tv_sec = EPOCH } };
	if (symlinkat(target, d->dir, path) < 0 || utimensat(d->dir, path, times, AT_SYMLINK_NOFOLLOW) < 0)
		die(path);
}

/* 60,024 messages in 32 folders, 718 MB. In a day the flags of 5 % change, 2 % move from new to cur, and 1 % change. */
static void make_mail(const struct data *d)
{
	enum { FOLDERS = 32 };
	static const char *const parts[] = { "", "/cur", "/new", "/tmp" };
	char path[128];
	for (int f = 0; f < FOLDERS; f++)
		for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
			snprintf(path, sizeof path, ".Folder%02d%s", f, parts[p]);
			make_dir(d, path);
		}
	long count = count_of(d, 60024);
	for (long i = 0; i < count; i++) {
		uint64_t state = seed(1, (uint64_t)i), chance = next(&state) % 100, kind = next(&state) % 100;
		size_t n = kind < 80   ? between(&state, 1500, 8500)
			   : kind < 97 ? between(&state, 10000, 40000)
				       : between(&state, 20000, 200000);
		bool flagged = chance < 5, moved = chance == 5 || chance == 6, changed = chance == 7;
		bool is_new = chance == 8 || (moved && d->old);
		snprintf(path, sizeof path, ".Folder%02ld/%s/%ld.M%06lluP%ld.mail,S=%zu%s", i % FOLDERS,
			 is_new ? "new" : "cur", EPOCH + i, (unsigned long long)(next(&state) % 1000000), i,
			 n,
			 is_new		      ? ""
			 : flagged && !d->old ? ":2,RS"
					      : ":2,S");
		make_file(d, path, n, 6000, changed && d->old ? state ^ 1 : state);
	}
}

/* 77,591 entries, 1.36 GB: scripts in deep directories, links between them, 500 MB of images. */
static void make_web(const struct data *d)
{
	enum { FILES = 55 };
	static const char *const parts[] = {
		"",	 "/lib",      "/lib/core", "/lib/core/util", "/lib/core/util/deep",
		"/dist", "/dist/esm", "/test"
	};
	enum { PARTS = sizeof parts / sizeof *parts };
	char path[128], target[32];
	make_dir(d, "node_modules");
	make_dir(d, "images");
	long packages = count_of(d, 1174), images = count_of(d, 2400);
	for (long p = 0; p < packages; p++) {
		for (size_t i = 0; i < PARTS; i++) {
			snprintf(path, sizeof path, "node_modules/package%04ld%s", p, parts[i]);
			make_dir(d, path);
		}
		for (size_t i = 0; i < FILES; i++) {
			uint64_t state = seed(2, (uint64_t)p * FILES + i), kind = next(&state) % 100;
			size_t n = kind < 85   ? between(&state, 200, 8000)
				   : kind < 98 ? between(&state, 8000, 80000)
					       : between(&state, 100000, 300000);
			snprintf(path, sizeof path, "node_modules/package%04ld%s/module%02zu.js", p,
				 parts[i % PARTS], i);
			make_file(d, path, n, n, state);
		}
		snprintf(path, sizeof path, "node_modules/package%04ld/main.js", p);
		snprintf(target, sizeof target, "lib/core/module%02ld.js", 2 + p % 6 * 8);
		make_link(d, target, path);
	}
	for (long i = 0; i < images; i++) {
		uint64_t state = seed(3, (uint64_t)i);
		size_t n = between(&state, 100000, 316000);
		snprintf(path, sizeof path, "images/photo%04ld.jpg", i);
		int fd = create(d, path);
		fill_noise(d->room, n, &state);
		put(fd, d->room, n, path);
		finish(fd, EPOCH, path);
	}
}

/* One file of 4 GiB, a MiB of text and a MiB of noise in turn; changed: so many of 100 blocks of 64 KiB are others in the old
 * one; inserted: bytes that only the new one has in front. */
static void make_large(const struct data *d, unsigned changed, size_t inserted)
{
	int fd = create(d, "large");
	long blocks = count_of(d, (4L << 30) / DELTA_BLOCK);
	if (!d->old)
		put(fd, "+", inserted, "large");
	for (long i = 0; i < blocks; i++) {
		uint64_t state = seed(4, (uint64_t)i);
		if (next(&state) % 100 < changed && d->old)
			state++;
		if (i / (PIECE / DELTA_BLOCK) % 2)
			fill_noise(d->room, DELTA_BLOCK, &state);
		else
			fill_text(d, d->room, DELTA_BLOCK, &state);
		put(fd, d->room, DELTA_BLOCK, "large");
	}
	finish(fd, d->old ? EPOCH : EPOCH + DAY, "large");
}

static void make_changed(const struct data *d)
{
	make_large(d, 1, 0);
}

static void make_inserted(const struct data *d)
{
	make_large(d, 0, 1);
}

/* 1 TiB, whatever the scale, with data in 160 blocks of 64 KiB. */
static void make_sparse(const struct data *d)
{
	enum { BLOCKS = 160 };
	const off_t size = (off_t)1 << 40;
	int fd = create(d, "sparse");
	uint64_t state = 5;
	for (off_t i = 0; i < BLOCKS; i++) {
		fill_noise(d->room, DELTA_BLOCK, &state);
		if (pwrite(fd, d->room, DELTA_BLOCK, i * (size / BLOCKS)) != DELTA_BLOCK)
			die("sparse");
	}
	if (ftruncate(fd, size) < 0)
		die("sparse");
	finish(fd, EPOCH, "sparse");
}

/* count files of up to 100 bytes, per_dir in each directory. */
static void make_many(const struct data *d, long count, long per_dir)
{
	char path[64];
	for (long i = 0; i < count; i++) {
		snprintf(path, sizeof path, "dir%05ld", i / per_dir);
		if (i % per_dir == 0)
			make_dir(d, path);
		snprintf(path, sizeof path, "dir%05ld/file%07ld", i / per_dir, i);
		uint64_t state = seed(6, (uint64_t)i);
		make_file(d, path, between(&state, 1, 101), 101, state);
	}
}

static void make_million(const struct data *d)
{
	long count = count_of(d, 1000000);
	make_many(d, count, count);
}

static void make_two_million(const struct data *d)
{
	make_many(d, count_of(d, 2000000), 100);
}

static long dir_time; /* nftw passes nothing on */

static int set_dir_time(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	struct timespec times[2] = { { .tv_sec = dir_time }, { .tv_sec = dir_time } };
	return type == FTW_DP ? utimensat(AT_FDCWD, path, times, 0) : 0;
}

static const struct kind {
	const char *name;
	void (*make)(const struct data *d);
} kinds[] = {
	{ "mail", make_mail },
	{ "web", make_web },
	{ "changed", make_changed },
	{ "inserted", make_inserted },
	{ "sparse", make_sparse },
	{ "million", make_million },
	{ "two-million", make_two_million },
};

int main(int argc, char **argv)
{
	if (argc != 5 || (strcmp(argv[2], "new") != 0 && strcmp(argv[2], "old") != 0)) {
		fprintf(stderr, "usage: data KIND new|old DIR SCALE\n");
		return 2;
	}
	struct data d = { .old = argv[2][0] == 'o',
			  .scale = strtod(argv[4], NULL),
			  .pool = make_pool(),
			  .room = malloc(PIECE) };
	umask(022);
	if (!d.room || mkdir(argv[3], 0755) < 0 || (d.dir = open(argv[3], O_RDONLY | O_DIRECTORY)) < 0)
		die(argv[3]);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].make(&d);
			dir_time = d.old ? EPOCH : EPOCH + DAY;
			if (nftw(argv[3], set_dir_time, 64, FTW_DEPTH | FTW_PHYS) != 0)
				die(argv[3]);
			return 0;
		}
	fprintf(stderr, "data: %s: no such kind of data\n", argv[1]);
	return 2;
}
