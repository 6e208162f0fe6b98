/* relay.c - stands in for ssh in a test: relay [OPTION...] HOST COMMAND... runs COMMAND and passes its standard input
 * and output on, and on the way does what a network, or somebody else on the machine, might do at that very moment.
 *
 *   --after KIND:N --do SHELL   runs SHELL when the Nth frame of that kind has come, before it is passed on
 *   --cut-after KIND:N          ends the connection when it has been passed on
 *   --flip WAY:OFFSET           flips a bit of that byte of the stream
 *   --cut WAY:N                 ends the connection, both ways, when N bytes have been passed on
 *   --stall WAY:N               from there on this way is silent; the connection stays
 *   --count FILE                writes the bytes that went up and down, at the end
 *   --record FILE               writes each whole frame, behind a byte that says which way it went: u or d
 * WAY is up (to COMMAND) or down. Ends when COMMAND has ended, with its status; 255 when it was cut. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xfer/wire/frame.h"

enum { UP, DOWN, WAYS, ROOM = 2 * (FRAME_HEAD + FRAME_MAX) };

static const char *const kinds[FRAME_TYPES] = {
	[FRAME_HELLO] = "HELLO",       [FRAME_CONFIG] = "CONFIG", [FRAME_START] = "START",
	[FRAME_READY] = "READY",       [FRAME_LIST] = "LIST",	  [FRAME_WANT] = "WANT",
	[FRAME_BUNDLE] = "BUNDLE",     [FRAME_FILE] = "FILE",	  [FRAME_DATA] = "DATA",
	[FRAME_FILE_END] = "FILE_END", [FRAME_DONE] = "DONE",	  [FRAME_FINAL] = "FINAL",
	[FRAME_BASE] = "BASE",	       [FRAME_COPY] = "COPY",	  [FRAME_NOTE] = "NOTE",
	[FRAME_ABORT] = "ABORT",
};

/* One direction: [0, passed) may go on, [passed, have) is not a whole frame yet. */
struct way {
	int in, out;	 /* -1: closed */
	bool ended, raw; /* raw: what came is no frame */
	uint8_t *data;
	size_t passed, have;
	uint64_t seen, sent;	   /* bytes of whole frames, bytes passed on */
	uint64_t flip, cut, stall; /* where to act; UINT64_MAX: nowhere */
};

struct relay {
	struct way way[WAYS];
	int kind;
	unsigned countdown;
	const char *action, *count;
	FILE *record;
	bool cut;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* Runs the action in a shell and waits for it. */
static int run(const char *action)
{
	int status = -1;
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", action, (char *)NULL);
		die("/bin/sh");
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("wait");
	return status;
}

/* The frame of n bytes is next. */
static void act(struct relay *r, struct way *w, const struct frame *f, size_t n)
{
	if ((f->type & ~FRAME_PACKED) != r->kind || !r->countdown || --r->countdown)
		return;
	if (!r->action) {
		w->cut = w->sent + w->passed + n;
	} else if (run(r->action) != 0) {
		fprintf(stderr, "relay: the action failed: %s\n", r->action);
		exit(125);
	}
}

/* Damages the whole frame of n bytes that is next, if it is its turn. */
static void flip(struct way *w, size_t n)
{
	if (w->flip >= w->seen && w->flip - w->seen < n)
		w->data[w->passed + (size_t)(w->flip - w->seen)] ^= 0x10;
	w->seen += n;
}

static void record(struct relay *r, const struct way *w, size_t n)
{
	if (r->record && (fputc(w == &r->way[UP] ? 'u' : 'd', r->record) == EOF ||
			  fwrite(w->data + w->passed, 1, n, r->record) != n))
		die("record");
}

/* Lets whole frames through. */
static void pass(struct relay *r, struct way *w)
{
	struct frame f;
	ssize_t n = 0;
	while (!w->raw && (n = frame_parse(&f, w->data + w->passed, w->have - w->passed)) > 0) {
		act(r, w, &f, (size_t)n);
		flip(w, (size_t)n);
		record(r, w, (size_t)n);
		w->passed += (size_t)n;
	}
	w->raw |= n < 0;
	if (w->raw || w->ended)
		w->passed = w->have;
}

static void take(struct relay *r, struct way *w)
{
	ssize_t n = read(w->in, w->data + w->have, ROOM - w->have);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	w->ended = n <= 0;
	w->have += n < 0 ? 0 : (size_t)n;
	pass(r, w);
}

static void give(struct relay *r, struct way *w)
{
	size_t n = w->passed;
	if (n > w->cut - w->sent)
		n = (size_t)(w->cut - w->sent);
	if (n > w->stall - w->sent)
		n = (size_t)(w->stall - w->sent);
	/* thrown away: whoever writes is not to notice that nobody hears it */
	if (w->sent == w->stall) {
		w->passed = w->have = 0;
		return;
	}
	ssize_t put = n ? write(w->out, w->data, n) : 0;
	if (put < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	size_t gone = put < 0 ? n : (size_t)put; /* where nobody reads any more, it is thrown away */
	w->sent += put < 0 ? 0 : gone;
	w->passed -= gone;
	w->have -= gone;
	memmove(w->data, w->data + gone, w->have);
	r->cut |= w->sent >= w->cut;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Both ways, until COMMAND's output has ended. */
static void carry(struct relay *r)
{
	struct way *down = &r->way[DOWN];
	while (!r->cut && (!down->ended || down->passed)) {
		struct pollfd p[2 * WAYS];
		for (int i = 0; i < WAYS; i++) {
			struct way *w = &r->way[i];
			bool room = !w->ended && w->have < ROOM;
			p[2 * i] = (struct pollfd){ .fd = room ? w->in : -1, .events = POLLIN };
			p[2 * i + 1] = (struct pollfd){ .fd = w->passed ? w->out : -1, .events = POLLOUT };
		}
		if (poll(p, 2 * WAYS, -1) < 0 && errno != EINTR)
			die("poll");
		for (int i = 0; i < WAYS && !r->cut; i++) {
			if (p[2 * i].revents)
				take(r, &r->way[i]);
			if (p[2 * i + 1].revents)
				give(r, &r->way[i]);
		}
		if (r->way[UP].ended && !r->way[UP].passed)
			shut(&r->way[UP].out);
	}
}

static pid_t start(struct relay *r, char **argv)
{
	int to[2], from[2];
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		die("pipe");
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	close(to[0]);
	close(from[1]);
	r->way[UP] = (struct way){
		.in = STDIN_FILENO,
		.out = to[1],
		.flip = r->way[UP].flip,
		.cut = r->way[UP].cut,
		.stall = r->way[UP].stall,
	};
	r->way[DOWN] = (struct way){
		.in = from[0],
		.out = STDOUT_FILENO,
		.flip = r->way[DOWN].flip,
		.cut = r->way[DOWN].cut,
		.stall = r->way[DOWN].stall,
	};
	for (int i = 0; i < WAYS; i++) {
		r->way[i].data = malloc(ROOM);
		if (!r->way[i].data)
			die("memory");
		fcntl(r->way[i].in, F_SETFL, fcntl(r->way[i].in, F_GETFL) | O_NONBLOCK);
		fcntl(r->way[i].out, F_SETFL, fcntl(r->way[i].out, F_GETFL) | O_NONBLOCK);
	}
	return child;
}

static _Noreturn void usage(const char *what)
{
	fprintf(stderr, "relay: %s: not understood; see the beginning of relay.c\n", what);
	exit(125);
}

/* "WAY:NUMBER" */
static void parse_place(const char *text, uint64_t place[WAYS])
{
	const char *colon = strchr(text, ':');
	char *end;
	if (!colon || (strncmp(text, "up:", 3) != 0 && strncmp(text, "down:", 5) != 0))
		usage(text);
	place[text[0] == 'u' ? UP : DOWN] = strtoull(colon + 1, &end, 10);
	if (*end || end == colon + 1)
		usage(text);
}

static void parse_frame(struct relay *r, const char *text)
{
	size_t n = strcspn(text, ":");
	for (int i = 1; i < FRAME_TYPES; i++)
		if (kinds[i] && strlen(kinds[i]) == n && strncmp(kinds[i], text, n) == 0)
			r->kind = i;
	r->countdown = text[n] ? (unsigned)strtoul(text + n + 1, NULL, 10) : 0;
	if (!r->kind || !r->countdown)
		usage(text);
}

/* Returns the index of HOST. */
static int parse(struct relay *r, int argc, char **argv)
{
	const uint64_t nowhere = UINT64_MAX;
	uint64_t flip[WAYS] = { nowhere, nowhere }, cut[WAYS] = { nowhere, nowhere };
	uint64_t stall[WAYS] = { nowhere, nowhere };
	bool cuts = false;
	int i = 1;
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		const char *name = argv[i] + 2, *value = argv[i + 1];
		bool cut_after = strcmp(name, "cut-after") == 0;
		cuts |= cut_after;
		if (strcmp(name, "after") == 0 || cut_after)
			parse_frame(r, value);
		else if (strcmp(name, "do") == 0)
			r->action = value;
		else if (strcmp(name, "flip") == 0)
			parse_place(value, flip);
		else if (strcmp(name, "cut") == 0)
			parse_place(value, cut);
		else if (strcmp(name, "stall") == 0)
			parse_place(value, stall);
		else if (strcmp(name, "count") == 0)
			r->count = value;
		else if (strcmp(name, "record") == 0)
			r->record = fopen(value, "we");
		else
			usage(argv[i]);
	}
	for (int w = 0; w < WAYS; w++) {
		r->way[w].flip = flip[w];
		r->way[w].cut = cut[w];
		r->way[w].stall = stall[w];
	}
	if (i + 1 >= argc || !r->kind != !(r->action || cuts))
		usage("the command line");
	return i;
}

static void write_count(const struct relay *r)
{
	FILE *f = fopen(r->count, "w");
	if (!f ||
	    fprintf(f, "%llu %llu\n", (unsigned long long)r->way[UP].sent,
		    (unsigned long long)r->way[DOWN].sent) < 0 ||
	    fclose(f) != 0)
		die(r->count);
}

int main(int argc, char **argv)
{
	struct relay r = { 0 };
	int status, host = parse(&r, argc, argv);
	signal(SIGPIPE, SIG_DFL); /* for COMMAND, which gets what ssh's would */
	pid_t child = start(&r, argv + host + 1);
	signal(SIGPIPE, SIG_IGN);
	carry(&r);
	for (int i = 0; i < WAYS; i++) {
		shut(&r.way[i].in);
		shut(&r.way[i].out);
		free(r.way[i].data);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("wait");
	if (r.count)
		write_count(&r);
	if (r.record && fclose(r.record) != 0)
		die("record");
	if (r.kind && r.countdown)
		fprintf(stderr, "relay: that frame never came\n");
	return r.cut ? 255 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
