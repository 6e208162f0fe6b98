/* digest.c - prints one hash of all that a copy must keep of a tree, and how large the tree is:
 *
 *   digest DIR     ->     HASH ENTRIES BYTES
 *
 * In it: names, types, modes, owners, sizes, times (ns), link targets, contents. Holes are not read, and zeros count as
 * a hole, so that a copy may have more or fewer of them. Has nothing from xfer: it is to judge it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { BLOCK = 1 << 18 };

struct digest {
	XXH3_state_t *hash;
	unsigned long long entries, bytes;
	char *block, *zeros;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "digest: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void add(struct digest *d, const void *data, size_t n)
{
	XXH3_128bits_update(d->hash, data, n);
}

static void add_content(struct digest *d, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);
	if (fd < 0)
		die(name);
	for (off_t at = 0; (at = lseek(fd, at, SEEK_DATA)) >= 0;) {
		at -= at % BLOCK;
		ssize_t n = pread(fd, d->block, BLOCK, at);
		if (n <= 0) {
			errno = n ? errno : EIO;
			break;
		}
		if (memcmp(d->block, d->zeros, (size_t)n) != 0) {
			add(d, &at, sizeof at);
			add(d, d->block, (size_t)n);
		}
		at += BLOCK;
	}
	if (errno != ENXIO) /* what SEEK_DATA says at the end */
		die(name);
	close(fd);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the directory, sorted; NULL ends them. Takes fd. */
static char **names_of(int fd)
{
	size_t count = 0, room = 64;
	char **names = malloc(room * sizeof *names);
	DIR *dir = fdopendir(fd);
	struct dirent *e = NULL;
	while (names && dir && (e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		char **more = count + 1 < room ? names : realloc(names, (room *= 2) * sizeof *names);
		if (!more)
			break;
		names = more;
		if (!(names[count++] = strdup(e->d_name)))
			break;
	}
	if (!names || !dir || e)
		die("list a directory");
	closedir(dir);
	qsort(names, count, sizeof *names, by_name);
	names[count] = NULL;
	return names;
}

static void add_dir(struct digest *d, int fd);

static void add_entry(struct digest *d, int dir, const char *name)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		die(name);
	unsigned long long meta[] = { st.st_mode,
				      st.st_uid,
				      st.st_gid,
				      (unsigned long long)st.st_mtim.tv_sec,
				      (unsigned long long)st.st_mtim.tv_nsec,
				      S_ISDIR(st.st_mode) ? 0 : (unsigned long long)st.st_size };
	add(d, name, strlen(name) + 1);
	add(d, meta, sizeof meta);
	d->entries++;
	if (S_ISREG(st.st_mode)) {
		d->bytes += (unsigned long long)st.st_size;
		add_content(d, dir, name);
	} else if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlinkat(dir, name, d->block, BLOCK);
		if (n < 0)
			die(name);
		add(d, d->block, (size_t)n);
	} else if (S_ISDIR(st.st_mode)) {
		int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
		if (fd < 0)
			die(name);
		add_dir(d, fd);
	}
}

static void add_dir(struct digest *d, int fd)
{
	int again = dup(fd);
	if (again < 0)
		die("dup");
	char **names = names_of(again);
	for (char **name = names; *name; name++) {
		add_entry(d, fd, *name);
		free(*name);
	}
	free(names);
	add(d, "", 1); /* the end of a directory */
	close(fd);
}

int main(int argc, char **argv)
{
	struct digest d = { .hash = XXH3_createState(), .block = malloc(BLOCK), .zeros = calloc(1, BLOCK) };
	if (argc != 2) {
		fprintf(stderr, "usage: digest DIR\n");
		return 2;
	}
	if (!d.hash || !d.block || !d.zeros || XXH3_128bits_reset(d.hash) != XXH_OK)
		die("memory");
	if (chdir(argv[1]) < 0)
		die(argv[1]);
	add_entry(&d, AT_FDCWD, ".");
	XXH128_hash_t h = XXH3_128bits_digest(d.hash);
	printf("%016llx%016llx %llu %llu\n", (unsigned long long)h.high64, (unsigned long long)h.low64,
	       d.entries, d.bytes);
	return 0;
}
