/* replay.c - a peer of the past: replay FILE WAY [anything...] says on standard output what one side of a session said that
 * relay --record wrote down: WAY is u for the client's side, d for the server's (then it can stand for a remote shell).
 * It speaks when as many frames of each kind have come as had come then, and takes no kind of frame that the protocol's
 * version 1 did not have. Ends with 0 when all was said and the other side has ended. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/wire/frame.h"

enum { OLD_FRAME_TYPES = 16, ROOM = FRAME_HEAD + FRAME_MAX, RECORD_MAX = 64 << 10 };

struct peer {
	uint8_t *data; /* ROOM: what came and is no whole frame yet */
	size_t have;
	unsigned came[OLD_FRAME_TYPES], due[OLD_FRAME_TYPES];
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "replay: %s\n", what);
	exit(1);
}

static void take_frames(struct peer *p)
{
	struct frame f;
	ssize_t n;
	while ((n = frame_parse(&f, p->data, p->have)) > 0) {
		unsigned type = f.type & ~(unsigned)FRAME_PACKED;
		if (type >= OLD_FRAME_TYPES)
			die("a kind of frame came that version 1 does not have");
		if (type == FRAME_ABORT)
			die("ABORT came");
		p->came[type]++;
		p->have -= (size_t)n;
		memmove(p->data, p->data + n, p->have);
	}
	if (n < 0)
		die("what came is no frame");
}

/* False at the end of what comes. */
static bool take(struct peer *p)
{
	ssize_t n = read(STDIN_FILENO, p->data + p->have, ROOM - p->have);
	if (n <= 0)
		return false;
	p->have += (size_t)n;
	take_frames(p);
	return true;
}

static bool is_due(const struct peer *p)
{
	for (int i = 0; i < OLD_FRAME_TYPES; i++)
		if (p->came[i] < p->due[i])
			return false;
	return true;
}

static void play(struct peer *p, const uint8_t *record, size_t len, uint8_t way)
{
	while (len) {
		struct frame f;
		ssize_t n = frame_parse(&f, record + 1, len - 1);
		if (n <= 0)
			die("not a recording");
		if (*record != way) {
			p->due[f.type & ~(unsigned)FRAME_PACKED]++;
		} else {
			while (!is_due(p))
				if (!take(p))
					die("it ended too early");
			if (write(STDOUT_FILENO, record + 1, (size_t)n) != n)
				die("nobody listens any more");
		}
		record += 1 + n;
		len -= 1 + (size_t)n;
	}
}

int main(int argc, char **argv)
{
	static uint8_t record[RECORD_MAX];
	struct peer p = { .data = malloc(ROOM) };
	FILE *f = argc > 2 ? fopen(argv[1], "re") : NULL;
	if (!f || !p.data)
		die("usage: replay FILE u|d");
	size_t len = fread(record, 1, sizeof record, f);
	fclose(f);
	play(&p, record, len, (uint8_t)argv[2][0]);
	/* one that sends has said all; one that receives may still be told something */
	while (take(&p))
		;
	free(p.data);
	return 0;
}
