/* make_tree.c - makes what the shell cannot make, or not fast enough, for the end-to-end tests:
 *
 *   make_tree many DIR COUNT        COUNT empty files in DIR (made if need be)
 *   make_tree deep DIR DEPTH LEN    directories in each other below DIR, with names of LEN bytes, a file in the last
 *   make_tree socket PATH           a socket
 *   make_tree link PATH LEN         a symlink with a target of LEN bytes */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "make_tree: %s: %s\n", what, strerror(errno));
	return 1;
}

static int open_dir(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int make_many(const char *path, long count)
{
	int dir = open_dir(path);
	if (dir < 0)
		return fail(path);
	for (long i = 0; i < count; i++) {
		char name[24];
		snprintf(name, sizeof name, "%08ld", i);
		if (mknodat(dir, name, S_IFREG | 0644, 0) < 0)
			return fail(name);
	}
	return 0;
}

static int make_deep(const char *path, long depth, size_t len)
{
	char name[256];
	int dir = open_dir(path);
	if (dir < 0 || !len || len >= sizeof name)
		return fail(path);
	memset(name, 'd', len);
	name[len] = '\0';
	for (long i = 0; i < depth; i++) {
		int next = mkdirat(dir, name, 0755) < 0
				   ? -1
				   : openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return fail("go deeper");
		close(dir);
		dir = next;
	}
	int file = openat(dir, "bottom", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (file < 0 || write(file, "deep down\n", 10) != 10)
		return fail("bottom");
	return 0;
}

static int make_socket(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof at.sun_path) {
		errno = ENAMETOOLONG;
		return fail(path);
	}
	memcpy(at.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return fail(path);
	return 0;
}

static int make_link(const char *path, size_t len)
{
	char *target = malloc(len + 1);
	if (!target)
		return fail("memory");
	memset(target, 't', len);
	target[len] = '\0';
	int r = symlink(target, path) < 0 ? fail(path) : 0;
	free(target);
	return r;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "many"))
		return make_many(argv[2], strtol(argv[3], NULL, 10));
	if (argc == 5 && !strcmp(argv[1], "deep"))
		return make_deep(argv[2], strtol(argv[3], NULL, 10), (size_t)strtol(argv[4], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "socket"))
		return make_socket(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "link"))
		return make_link(argv[2], (size_t)strtol(argv[3], NULL, 10));
	fprintf(stderr, "make_tree: see the beginning of make_tree.c\n");
	return 2;
}
