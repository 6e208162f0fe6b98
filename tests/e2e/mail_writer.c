/* mail_writer.c - a mailbox in use: mail_writer MAILBOX SEED [FOLDER...] delivers, flags, moves and deletes in a loop until its standard
 * input ends, as an IMAP server and its users do. A message whose name begins with "kept" is flagged and moved, never deleted. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 1024, MESSAGES_MOST = 400 };

static unsigned seed;
static unsigned long delivered;

static unsigned any(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void deliver(const char *box, bool kept)
{
	char tmp[PATH], new[PATH], base[100], body[4096];
	size_t size = any(sizeof body);
	memset(body, 'a' + (int)any(26), sizeof body);
	snprintf(base, sizeof base, "%s%lu.M%uP%d.host", kept ? "kept" : "", ++delivered, seed, getpid());
	snprintf(tmp, sizeof tmp, "%s/tmp/%s", box, base);
	/* every second name carries no size */
	if (delivered % 2)
		snprintf(new, sizeof new, "%s/new/%s,S=%zu", box, base, size);
	else
		snprintf(new, sizeof new, "%s/new/%s", box, base);
	int fd = open(tmp, O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (fd < 0 || write(fd, body, size) != (ssize_t)size || close(fd) < 0 || rename(tmp, new) < 0)
		fail(new);
}

/* Any name in a folder; false: it is empty. count: how many there are. */
static bool pick(char name[static 256], const char *folder, unsigned *count)
{
	DIR *d = opendir(folder);
	if (!d)
		fail(folder);
	*count = 0;
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.' && any(++*count) == 0)
			snprintf(name, 256, "%s", e->d_name);
	closedir(d);
	return *count != 0;
}

static void change(const char *box, const char *other)
{
	static const char *const flags[] = { "", "S", "RS", "FS", "Sa", "Tab" };
	char folder[PATH], name[256], from[PATH + 300], to[PATH + 300];
	unsigned count, what = any(10);
	snprintf(folder, sizeof folder, "%s/%s", box, any(3) ? "cur" : "new");
	if (!pick(name, folder, &count))
		return;
	snprintf(from, sizeof from, "%s/%s", folder, name);
	if ((what == 0 || count > MESSAGES_MOST) && strncmp(name, "kept", 4) != 0) {
		if (unlink(from) < 0 && errno != ENOENT) /* another one was faster */
			fail(from);
		return;
	}
	name[strcspn(name, ":")] = '\0';
	snprintf(to, sizeof to, "%s/cur/%s:2,%s", what < 3 ? other : box, name, flags[any(6)]);
	if (rename(from, to) < 0 && errno != ENOENT)
		fail(to);
}

int main(int argc, char **argv)
{
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };
	if (argc < 4)
		return 1;
	seed = (unsigned)strtoul(argv[2], NULL, 10);
	for (int i = 0; i < 100; i++)
		deliver(argv[1], i % 2);
	while (poll(&end, 1, 0) == 0) {
		const char *box = any(2) ? argv[1] : argv[3 + any((unsigned)argc - 3)];
		const char *other = argv[3 + any((unsigned)argc - 3)];
		if (any(4) == 0)
			deliver(box, false);
		else
			change(box, other);
	}
	printf("%lu delivered\n", delivered);
	return 0;
}
