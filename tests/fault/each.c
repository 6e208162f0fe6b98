/* each.c - breaks a run at one point after the other, and looks each time at what is left.
 *
 *   each [--kill SIDE | --term SIDE | --int SIDE | --fill SIDE] [--status N,N...] [--look SHELL]
 *        [--points FIRST:LAST:STEP | --random SEED:COUNT:LAST] COMMAND... --then AGAIN...
 *
 * In the working directory: src, old (what the destination was before) and dst, made anew from old for each point. Of
 * COMMAND the word %d becomes the point. With a SIDE, client or server, the point is the Nth system call that this process
 * or any of its threads enters, from the moment on that there are two sides (before it nothing is opened): the fork of a
 * local run, or the first time that a server at the end of -e listens. Then
 *   --kill, --term   that side gets SIGKILL, or SIGTERM
 *   --int            both get SIGINT, as from a terminal
 *   --fill           ./fill is run while that side stands still
 * All that run must end by themselves; the first point that nobody reaches is the end. --status: what COMMAND may exit
 * with. --look: a command that must succeed then, with COMMAND's STATUS; its 77 says that the point was not reached. COMMAND's
 * and AGAIN's output are in the files out and err. Then
 *   - every name in dst is what it was or what it becomes, but for unfinished ones (.xfer-...), and none is missing;
 *   - AGAIN, with --json, succeeds, writes no more than is missing, and nothing where COMMAND said that all was done; what
 *     stands in an unfinished file is not missing; and dst is as src, with nothing else in it.
 * Prints how many points there were. 1 and a sentence at the first that went wrong; random points must all be reached. Nobody
 * may take longer than PATIENCE seconds. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/anew.h"

enum { PATIENCE = 60, TASKS = 256, ARGS = 64, FOREVER = 1 << 30, CHUNK = 1 << 20, NOT_REACHED = 77 };
enum side { CLIENT, SERVER, NOBODY };
enum deed { KILL, TERM, INT, FILL, DEEDS };

static const char *const deeds[DEEDS] = { "--kill", "--term", "--int", "--fill" };

static unsigned long point; /* for the messages */

static _Noreturn void fail(const char *what, const char *name)
{
	printf("at %lu: %s: %s\n", point, what, name);
	fflush(stdout);
	_exit(1); /* whom we trace dies with us */
}

static void on_alarm(int sig)
{
	static const char text[] = "somebody did not end\n";
	(void)sig;
	if (write(STDOUT_FILENO, text, sizeof text - 1) < 0)
		_exit(2);
	_exit(1);
}

/* Running. */

static pid_t start(char **argv, bool traced)
{
	pid_t child = fork();
	if (child < 0)
		fail("fork", strerror(errno));
	if (child)
		return child;
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(open("out", O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
	dup2(open("err", O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
	setpgid(0, 0); /* all of it is what a terminal's Ctrl-C reaches */
	if (traced) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
	}
	execvp(argv[0], argv);
	_exit(127);
}

static int status_of(int st)
{
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

static int status_at_end(pid_t child)
{
	int st;
	while (waitpid(child, &st, 0) < 0)
		if (errno != EINTR)
			fail("wait", strerror(errno));
	return status_of(st);
}

static int run(char **argv)
{
	return status_at_end(start(argv, false));
}

/* What is none of the runs: its output goes elsewhere. */
static int run_shell(const char *text)
{
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	return child < 0 ? -1 : status_at_end(child);
}

struct task {
	pid_t tid, group;
	enum side side;
	bool inside, seen; /* in a system call; its first stop is over */
};

struct trace {
	struct task task[TASKS];
	size_t count;
	enum side victim;
	enum deed deed;
	pid_t client;
	unsigned long at, calls;
	bool both, done; /* there are two sides; the deed is done */
};

static struct task *find(struct trace *t, pid_t tid)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->task[i].tid == tid)
			return &t->task[i];
	if (t->count == TASKS)
		fail("too many", "processes");
	/* a new one may stop before its parent's event says whose it is */
	t->task[t->count] = (struct task){ .tid = tid, .group = tid, .side = NOBODY };
	return &t->task[t->count++];
}

static void strike(struct trace *t, const struct task *k)
{
	if (t->deed == INT)
		kill(-t->client, SIGINT);
	else if (t->deed == FILL && run_shell("./fill") != 0)
		fail("cannot", "fill");
	else if (t->deed != FILL)
		kill(k->group, t->deed == KILL ? SIGKILL : SIGTERM);
	t->done = true;
}

/* Where other programs come before the server, it is there when it first reads its standard input. */
static bool is_listening(const struct task *k)
{
	struct ptrace_syscall_info info;
	return k->side == SERVER && ptrace(PTRACE_GET_SYSCALL_INFO, k->tid, sizeof info, &info) > 0 &&
	       info.entry.nr == SYS_read && info.entry.args[0] == STDIN_FILENO;
}

/* A call is entered or left. */
static void on_call(struct trace *t, struct task *k)
{
	k->inside = !k->inside;
	if (!k->inside || t->done)
		return;
	t->both = t->both || is_listening(k);
	if (t->both && k->side == t->victim && ++t->calls == t->at)
		strike(t, k);
}

static void on_birth(struct trace *t, struct task *parent, int event)
{
	unsigned long tid;
	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &tid) < 0)
		return;
	struct task *k = find(t, (pid_t)tid);
	bool thread = event == PTRACE_EVENT_CLONE;
	k->group = thread ? parent->group : k->tid;
	k->side = thread ? parent->side : parent->side == CLIENT ? SERVER : NOBODY;
	t->both |= k->side == SERVER && event == PTRACE_EVENT_FORK;
}

/* Runs argv, and does the deed when it is its turn. Returns the exit status of argv's own process. */
static int run_traced(struct trace *t, char **argv)
{
	int st, status = -1;
	pid_t child = start(argv, true), tid;
	struct task *k = find(t, child);
	k->side = CLIENT;
	k->seen = true;
	t->client = child;
	waitpid(child, &st, 0);
	ptrace(PTRACE_SETOPTIONS, child, NULL,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		       PTRACE_O_EXITKILL);
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	while ((tid = waitpid(-1, &st, __WALL)) > 0) {
		if (!WIFSTOPPED(st)) {
			status = tid == child ? status_of(st) : status;
			continue;
		}
		int sig = WSTOPSIG(st), event = st >> 16;
		k = find(t, tid);
		if (sig == (SIGTRAP | 0x80))
			on_call(t, k);
		else if (event)
			on_birth(t, k, event);
		/* ours, or the stop that every new task begins with */
		if (sig == SIGTRAP || sig == (SIGTRAP | 0x80) || (sig == SIGSTOP && !k->seen))
			sig = 0;
		k->seen |= !event;
		ptrace(t->done ? PTRACE_CONT : PTRACE_SYSCALL, tid, NULL, sig); /* after it no call matters */
	}
	return status;
}

/* Looking. */

static bool same_content(const char *a, const char *b)
{
	static char x[1 << 16], y[1 << 16];
	int f = open(a, O_RDONLY | O_CLOEXEC), g = open(b, O_RDONLY | O_CLOEXEC);
	ssize_t n, m;
	if (f < 0 || g < 0)
		fail("open", a);
	do {
		n = read(f, x, sizeof x);
		m = read(g, y, sizeof y);
	} while (n > 0 && n == m && !memcmp(x, y, (size_t)n));
	close(f);
	close(g);
	return n == 0 && m == 0;
}

static bool same(const char *a, const char *b)
{
	struct stat s, t;
	char x[4096], y[4096];
	if (lstat(a, &s) < 0 || lstat(b, &t) < 0 || (s.st_mode & S_IFMT) != (t.st_mode & S_IFMT))
		return false;
	if (S_ISREG(s.st_mode))
		return s.st_size == t.st_size && same_content(a, b);
	if (!S_ISLNK(s.st_mode))
		return true;
	ssize_t n = readlink(a, x, sizeof x);
	return n >= 0 && n == readlink(b, y, sizeof y) && !memcmp(x, y, (size_t)n);
}

static bool same_all(const char *a, const char *b)
{
	struct stat s, t;
	return same(a, b) && lstat(a, &s) == 0 && lstat(b, &t) == 0 && s.st_mode == t.st_mode &&
	       s.st_mtim.tv_sec == t.st_mtim.tv_sec && s.st_mtim.tv_nsec == t.st_mtim.tv_nsec &&
	       (S_ISDIR(s.st_mode) || s.st_nlink == t.st_nlink);
}

/* "tree/NAME" for a path below another tree. */
static const char *in(const char *tree, const char *path)
{
	static char text[4][4096];
	static unsigned next;
	char *to = text[next++ % 4];
	const char *slash = strchr(path, '/');
	snprintf(to, sizeof text[0], "%s%s", tree, slash ? slash : "");
	return to;
}

static bool is_unfinished(const char *name)
{
	return strncmp(name, ".xfer-", 6) == 0;
}

/* Calls look for every name of the tree, itself too; what it returns is summed up. */
static uint64_t walk(const char *tree, uint64_t (*look)(const char *path, const struct stat *st))
{
	char *roots[] = { (char *)tree, NULL };
	uint64_t sum = 0;
	FTS *f = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e; f && (e = fts_read(f));) {
		if (is_unfinished(e->fts_name))
			fts_set(f, e, FTS_SKIP);
		else if (e->fts_info != FTS_DP)
			sum += look(e->fts_path, e->fts_statp);
	}
	fts_close(f);
	return sum;
}

static uint64_t is_old_or_new(const char *path, const struct stat *st)
{
	(void)st;
	if (!same(path, in("old", path)) && !same(path, in("src", path)))
		fail("neither old nor new", path);
	return 0;
}

static uint64_t is_still_there(const char *path, const struct stat *st)
{
	struct stat other;
	(void)st;
	if (lstat(in("src", path), &other) == 0 && lstat(in("dst", path), &other) < 0)
		fail("it was there before, and is not now", path);
	return 0;
}

/* Bytes that must still be written. Of several names of one file each may count. */
static uint64_t missing(const char *path, const struct stat *st)
{
	return S_ISREG(st->st_mode) && !(same_all(path, in("dst", path)) && st->st_nlink == 1)
		       ? (uint64_t)st->st_size
		       : 0;
}

static uint64_t is_as_in_src(const char *path, const struct stat *st)
{
	(void)st;
	if (!same_all(path, in("dst", path)))
		fail("not equal after the second run", path);
	return 1;
}

/* How many names there are; *unfinished: the bytes of whole chunks in what an interrupted run left. */
static uint64_t count_all(const char *tree, uint64_t *unfinished)
{
	uint64_t n = 0;
	char *roots[] = { (char *)tree, NULL };
	FTS *f = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	*unfinished = 0;
	for (FTSENT *e; f && (e = fts_read(f));) {
		n += e->fts_info != FTS_DP;
		if (e->fts_info == FTS_F && is_unfinished(e->fts_name))
			*unfinished += (uint64_t)e->fts_statp->st_size / CHUNK * CHUNK;
	}
	fts_close(f);
	return n;
}

/* What AGAIN's report says; the output is small. */
static uint64_t reported_written(void)
{
	static char text[1 << 20];
	int fd = open("out", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	const char *report = strstr(text, "\"event\":\"report\""),
		   *at = report ? strstr(report, "\"written\":") : NULL;
	if (!at)
		fail("no report in what it says", text);
	return strtoull(at + strlen("\"written\":"), NULL, 10);
}

/* The points. */

struct plan {
	enum side victim;
	enum deed deed;
	const char *statuses, *look;
	unsigned long first, last, step, seed;
	size_t random; /* so many, of [1, last] */
	char **command, **again;
};

static bool allowed(const char *list, int status)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d", status);
	for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == (size_t)n && !strncmp(p, text, (size_t)n))
			return true;
	return false;
}

/* Of the words of COMMAND %d becomes the point. */
static void fill_in(char *out[static ARGS + 1], char **words)
{
	static char word[4096];
	for (; *words; words++, out++) {
		const char *at = strstr(*words, "%d");
		*out = at ? word : *words;
		if (at)
			snprintf(word, sizeof word, "%.*s%lu%s", (int)(at - *words), *words, point, at + 2);
	}
	*out = NULL;
}

/* Is the point one that was reached? */
static bool was_reached(const struct plan *p, const struct trace *t, int status)
{
	char number[16];
	if (p->victim != NOBODY && !t->done)
		return false;
	snprintf(number, sizeof number, "%d", status);
	setenv("STATUS", number, true);
	int seen = p->look ? run_shell(p->look) : 0;
	if (seen == NOT_REACHED)
		return false;
	if (p->statuses && !allowed(p->statuses, status))
		fail("exit status", number);
	if (seen)
		fail(p->look, number);
	return true;
}

/* One point. False when nobody reached it. */
static bool try(const struct plan *p)
{
	char *command[ARGS + 1];
	struct trace t = { .victim = p->victim, .deed = p->deed, .at = point };
	uint64_t unfinished, left, written;
	alarm(PATIENCE);
	fill_in(command, p->command);
	remove_dst();
	copy_old();
	int status = p->victim == NOBODY ? run(command) : run_traced(&t, command);
	if (!was_reached(p, &t, status))
		return false;
	walk("dst", is_old_or_new);
	walk("old", is_still_there);
	left = walk("src", missing);
	count_all("dst", &unfinished);
	if (run(p->again) != 0)
		fail("the same again fails", "see out");
	written = reported_written();
	if (written > left || (unfinished && written > left - unfinished))
		fail("writes again what was there", "see out");
	if (status == 0 && written)
		fail("said that all was done", "see out");
	if (walk("src", is_as_in_src) != count_all("dst", &unfinished))
		fail("more than in the source", "dst");
	return true;
}

/* Takes an option that names a side. */
static bool parse_deed(struct plan *p, const char *option, const char *side)
{
	for (enum deed d = 0; d < DEEDS; d++)
		if (!strcmp(option, deeds[d])) {
			p->deed = d;
			p->victim = *side == 'c' ? CLIENT : SERVER;
			return true;
		}
	return false;
}

static int parse(struct plan *p, char **argv)
{
	int i = 1;
	for (; argv[i] && argv[i + 1] && !strncmp(argv[i], "--", 2); i += 2) {
		char *value = argv[i + 1];
		unsigned long n[3] = { 0, 0, 1 };
		sscanf(value, "%lu:%lu:%lu", &n[0], &n[1], &n[2]);
		if (parse_deed(p, argv[i], value))
			continue;
		if (!strcmp(argv[i], "--look")) {
			p->look = value;
		} else if (!strcmp(argv[i], "--status")) {
			p->statuses = value;
		} else if (!strcmp(argv[i], "--points")) {
			p->first = n[0], p->last = n[1], p->step = n[2];
		} else if (!strcmp(argv[i], "--random")) {
			p->seed = n[0], p->random = n[1], p->last = n[2];
		} else {
			return -1;
		}
	}
	p->command = argv + i;
	for (; argv[i] && strcmp(argv[i], "--then") != 0; i++)
		;
	if (!argv[i] || !argv[i + 1] || i > ARGS)
		return -1;
	argv[i] = NULL;
	p->again = argv + i + 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct plan p = { .victim = NOBODY, .first = 1, .last = FOREVER, .step = 1 };
	unsigned long tried = 0, reached = 0;
	if (argc < 4 || parse(&p, argv) < 0) {
		printf("each: see the beginning of each.c\n");
		return 2;
	}
	signal(SIGALRM, on_alarm);
	if (p.random) {
		for (; tried < p.random; tried++) {
			p.seed = p.seed * 6364136223846793005 + 1442695040888963407;
			point = 1 + (p.seed >> 33) % p.last;
			reached += try(&p);
		}
	} else {
		for (point = p.first; point <= p.last; point += p.step, tried++, reached++)
			if (!try(&p))
				break;
	}
	printf("%lu points, the last at %lu\n", reached, point);
	return reached && (!p.random || reached == tried) ? 0 : 1;
}
