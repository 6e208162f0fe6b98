/* limit.c - the least that a copy does, to measure ours against: an experiment, not a tool.
 *
 *   limit FROM TO
 *
 * A child reads the tree and sends it over a socket pair as one stream; we write it: every file hashed (XXH3) on both sides,
 * written under a temporary name and renamed, with its mode and time. One thread a side, plain system calls, no list, no
 * comparison, no way back, no owner, no report, no confinement. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

enum { ROOM = 4 << 20, PIECE = 1 << 18, DEPTH = 256 };
enum kind { FILE_BEGINS = 1, FILE_PIECE, FILE_ENDS, LINK, DIR_BEGINS, DIR_ENDS };

struct head {
	uint32_t kind, mode;
	uint64_t len; /* of what follows: a name with its NUL, or bytes; for LINK name and target */
	uint64_t hash;
	struct timespec mtime;
};

struct stream {
	int fd;
	char *data;
	size_t have, at;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void flush(struct stream *s)
{
	for (size_t done = 0; done < s->have;) {
		ssize_t n = write(s->fd, s->data + done, s->have - done);
		if (n < 0)
			die("send");
		done += (size_t)n;
	}
	s->have = 0;
}

/* Where n bytes can be put; they are sent once s->have counts them. */
static char *room_for(struct stream *s, size_t n)
{
	if (s->have + n > PIECE * 2)
		flush(s);
	return s->data + s->have;
}

static void send_head(struct stream *s, struct head h, const char *name, const char *target)
{
	size_t n = name ? strlen(name) + 1 : 0, m = target ? strlen(target) + 1 : 0;
	if (name)
		h.len = n + m;
	char *to = room_for(s, sizeof h + n + m);
	memcpy(to, &h, sizeof h);
	if (n)
		memcpy(to + sizeof h, name, n);
	if (m)
		memcpy(to + sizeof h + n, target, m);
	s->have += sizeof h + n + m;
}

static void send_file(struct stream *s, int dir, const char *name)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		die(name);
	send_head(s, (struct head){ .kind = FILE_BEGINS, .mode = st.st_mode & 07777, .mtime = st.st_mtim },
		  name, NULL);
	for (off_t left = st.st_size; left > 0;) {
		size_t want = left < PIECE ? (size_t)left : PIECE;
		char *to = room_for(s, sizeof(struct head) + want);
		ssize_t n = read(fd, to + sizeof(struct head), want);
		if (n <= 0)
			die(name);
		struct head h = { .kind = FILE_PIECE,
				  .len = (uint64_t)n,
				  .hash = XXH3_64bits(to + sizeof h, (size_t)n) };
		memcpy(to, &h, sizeof h);
		s->have += sizeof h + (size_t)n;
		left -= n;
	}
	send_head(s, (struct head){ .kind = FILE_ENDS, .mtime = st.st_mtim }, NULL, NULL);
	close(fd);
}

static void send_link(struct stream *s, int dir, const char *name)
{
	char target[4096];
	ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
	if (n < 0)
		die(name);
	target[n] = '\0';
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		die(name);
	send_head(s, (struct head){ .kind = LINK, .mtime = st.st_mtim }, name, target);
}

/* Takes fd, which is the directory called name. */
static void send_dir(struct stream *s, int fd, const char *name)
{
	struct stat st;
	DIR *dir = fdopendir(fd);
	if (!dir || fstat(fd, &st) < 0)
		die(name);
	send_head(s, (struct head){ .kind = DIR_BEGINS, .mode = st.st_mode & 07777 }, name, NULL);
	for (struct dirent *e; (e = readdir(dir));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type == DT_DIR)
			send_dir(s, openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), e->d_name);
		else if (e->d_type == DT_LNK)
			send_link(s, fd, e->d_name);
		else
			send_file(s, fd, e->d_name);
	}
	send_head(s, (struct head){ .kind = DIR_ENDS, .mtime = st.st_mtim }, NULL, NULL);
	closedir(dir);
}

/* The next n bytes, or NULL at the end. */
static char *take(struct stream *s, size_t n)
{
	while (s->have - s->at < n) {
		memmove(s->data, s->data + s->at, s->have - s->at);
		s->have -= s->at;
		s->at = 0;
		ssize_t got = read(s->fd, s->data + s->have, ROOM - s->have);
		if (got < 0)
			die("receive");
		if (got == 0)
			return NULL;
		s->have += (size_t)got;
	}
	s->at += n;
	return s->data + s->at - n;
}

struct writer {
	int dirs[DEPTH], depth; /* dirs[depth]: the one that is being filled */
	int fd;
	char name[256];
};

static void set_time(int fd, struct timespec mtime)
{
	struct timespec times[2] = { mtime, mtime };
	if (futimens(fd, times) < 0)
		die("time");
}

static void write_link(int dir, const char *name, struct timespec mtime)
{
	struct timespec times[2] = { mtime, mtime };
	if (symlinkat(name + strlen(name) + 1, dir, name) < 0 ||
	    utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		die(name);
}

static void enter(struct writer *w, const char *name, mode_t mode)
{
	int at = w->dirs[w->depth];
	if (++w->depth == DEPTH || (mkdirat(at, name, mode) < 0 && errno != EEXIST))
		die(name);
	w->dirs[w->depth] = openat(at, name, O_RDONLY | O_DIRECTORY);
	if (w->dirs[w->depth] < 0)
		die(name);
}

static void write_one(struct writer *w, const struct head *h, const char *data)
{
	int dir = w->dirs[w->depth];
	switch ((enum kind)h->kind) {
	case FILE_BEGINS:
		snprintf(w->name, sizeof w->name, "%s", data);
		w->fd = openat(dir, ".temporary", O_WRONLY | O_CREAT | O_EXCL, h->mode);
		if (w->fd < 0)
			die(data);
		break;
	case FILE_PIECE:
		if (XXH3_64bits(data, h->len) != h->hash || write(w->fd, data, h->len) != (ssize_t)h->len)
			die(w->name);
		break;
	case FILE_ENDS:
		set_time(w->fd, h->mtime);
		if (close(w->fd) < 0 || renameat(dir, ".temporary", dir, w->name) < 0)
			die(w->name);
		break;
	case LINK:
		write_link(dir, data, h->mtime);
		break;
	case DIR_BEGINS:
		enter(w, data, h->mode);
		break;
	case DIR_ENDS:
		set_time(dir, h->mtime);
		close(dir);
		w->depth--;
		break;
	}
}

static void receive(struct stream *s, const char *to)
{
	struct writer w = { .fd = -1 };
	if (mkdir(to, 0755) < 0 || (w.dirs[0] = open(to, O_RDONLY | O_DIRECTORY)) < 0)
		die(to);
	for (char *p; (p = take(s, sizeof(struct head)));) {
		struct head h;
		memcpy(&h, p, sizeof h);
		char *data = take(s, h.len);
		if (!data)
			die("the stream ends early");
		write_one(&w, &h, data);
	}
	if (w.depth)
		die("the stream ends early");
}

int main(int argc, char **argv)
{
	int pair[2], status;
	struct stream s = { .data = malloc(ROOM) };
	if (argc != 3) {
		fprintf(stderr, "usage: limit FROM TO\n");
		return 2;
	}
	umask(0);
	if (!s.data || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		die("begin");
	pid_t child = fork();
	if (child < 0)
		die("fork");
	s.fd = pair[child != 0];
	close(pair[child == 0]);
	if (child == 0) {
		send_dir(&s, open(argv[1], O_RDONLY | O_DIRECTORY), ".");
		flush(&s);
		return 0;
	}
	receive(&s, argv[2]);
	return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
