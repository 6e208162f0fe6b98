/* liar.h - what the two lying peers share: the protocol spoken by hand, so that any of it may be wrong.
 *
 * A liar is run in one of two ways:
 *   liar CASE ...                      as the other side of `xfer sync -e "liar CASE"`, on standard input and output
 *   liar --client CASE XFER DST OPT... as a client: starts `XFER serve --stdio`; its exit status becomes ours
 * and `liar --list` prints each case with the exit statuses that its victim may end with.
 * A failing link means that the victim gave us up, which is what it should do: then the liar ends. One thread. */
#pragma once
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/io/chan.h"
#include "xfer/tree/account.h"
#include "xfer/tree/entry.h"
#include "xfer/tree/item.h"
#include "xfer/wire/hello.h"
#include "xfer/wire/link.h"

struct liar {
	struct link *link;
	bool client;
	const char *name;   /* of the case */
	char *const *serve; /* XFER DST OPT..., of a client */
	unsigned seen[FRAME_TYPES];
	struct buf list; /* LIST records under construction */
	struct entry_state state;
	uint64_t next; /* seq of the next entry */
	struct tree_digest digest;
	uint64_t wanted; /* the last WANT's offset */
};

struct lie {
	const char *name;
	const char *statuses; /* that the victim may end with */
	void (*tell)(struct liar *t);
	bool own_greeting; /* tells HELLO, CONFIG and all itself */
};

/* Ends the liar; as a client with the server's status. */
static _Noreturn void part(struct liar *t)
{
	int status = t->link ? link_free(t->link) : 0;
	buf_fini(&t->list);
	exit(t->client ? status : 0);
}

static int note_frame(void *ctx, const struct frame *f, struct err *err)
{
	struct liar *t = ctx;
	t->seen[f->type]++;
	if (f->type == FRAME_WANT)
		t->wanted = f->offset;
	return f->type == FRAME_ABORT ? err_set(err, -ECONNABORTED, "given up") : 0;
}

static inline void send_frame(struct liar *t, enum frame_type type, uint64_t offset, const void *p, size_t n)
{
	struct err err;
	if (link_send(t->link, type, offset, p, n, &err) < 0)
		part(t);
}

static inline void flush(struct liar *t)
{
	struct err err;
	if (link_flush(t->link, &err) < 0)
		part(t);
}

/* Waits until the victim has sent a frame of this type. */
static inline void await(struct liar *t, enum frame_type type)
{
	struct err err;
	while (!t->seen[type])
		if (link_pump(t->link, true, &err) < 0)
			part(t);
}

/* Bytes that no link would send. */
static inline void send_raw(struct liar *t, const void *p, size_t n)
{
	flush(t);
	while (n) {
		ssize_t done = write(STDOUT_FILENO, p, n);
		struct pollfd ready = { .fd = STDOUT_FILENO, .events = POLLOUT };
		if (done < 0 && (errno != EAGAIN || poll(&ready, 1, -1) < 0))
			part(t);
		if (done > 0) {
			p = (const uint8_t *)p + done;
			n -= (size_t)done;
		}
	}
}

/* Reads until the victim ends. */
static inline _Noreturn void listen_on(struct liar *t)
{
	struct err err;
	while (link_pump(t->link, true, &err) >= 0)
		;
	part(t);
}

/* Neither reads nor writes any more, until the victim closes. */
static inline _Noreturn void stall(struct liar *t)
{
	struct pollfd gone = { .fd = STDIN_FILENO };
	flush(t);
	if (t->client) { /* its standard input is not the link: it reads, and is silent */
		link_set_timeout(t->link, 0);
		listen_on(t);
	}
	poll(&gone, 1, -1);
	part(t);
}

static inline void say_hello(struct liar *t, uint32_t oldest, uint32_t newest, const char *program,
			     size_t len)
{
	static const uint8_t boot[16] = { 1 };
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_bytes(&b, "xfer", 4);
	buf_u32(&b, oldest);
	buf_u32(&b, newest);
	buf_bytes(&b, boot, sizeof boot);
	buf_string(&b, program, len);
	send_frame(t, FRAME_HELLO, 0, b.data, b.len);
	flush(t);
	buf_fini(&b);
}

/* A client's CONFIG: role, one operand, the options. */
static inline void say_config(struct liar *t, char role)
{
	struct buf b;
	size_t count = 0;
	buf_init(&b, FRAME_MAX);
	while (t->serve[2 + count])
		count++;
	buf_u8(&b, (uint8_t)role);
	buf_u8(&b, 0);
	buf_varint(&b, 1);
	buf_string(&b, t->serve[1], strlen(t->serve[1]));
	buf_varint(&b, count);
	for (size_t i = 0; i < count; i++)
		buf_string(&b, t->serve[2 + i], strlen(t->serve[2 + i]));
	send_frame(t, FRAME_CONFIG, 0, b.data, b.len);
	send_frame(t, FRAME_CONFIG, 0, NULL, 0);
	buf_fini(&b);
}

/* All up to START, as an honest side. */
static inline void greet(struct liar *t, char role)
{
	say_hello(t, HELLO_OLDEST, HELLO_NEWEST, "liar", 4);
	await(t, FRAME_HELLO);
	if (t->client)
		say_config(t, role);
	else
		await(t, FRAME_CONFIG);
}

static inline void say_start(struct liar *t, const char *single)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_u8(&b, single != NULL);
	buf_string(&b, single ? single : "", single ? strlen(single) : 0);
	send_frame(t, FRAME_START, 0, b.data, b.len);
	buf_fini(&b);
	await(t, FRAME_READY);
}

static inline void open_link(struct liar *t)
{
	struct err err;
	struct chan *chan;
	int r;
	if (t->client) {
		char *argv[] = { t->serve[0], (char *)"serve", (char *)"--stdio", NULL };
		r = chan_open_command(&chan, argv, &err);
	} else {
		r = chan_open_fds(&chan, STDIN_FILENO, STDOUT_FILENO, &err);
	}
	if (r < 0 || link_new(&t->link, chan, LINK_PLAIN, &err) < 0) {
		fprintf(stderr, "liar: %s\n", err.text);
		exit(99);
	}
	link_set_timeout(t->link, 50);
	link_set_handler(t->link, note_frame, t);
}

/* The most memory that the victim used so far, in KiB, to the file that LIAR_PEAK names. */
static inline void record_peak(void)
{
	char path[64], line[256];
	const char *to = getenv("LIAR_PEAK");
	snprintf(path, sizeof path, "/proc/%d/status", (int)getppid());
	FILE *from = to ? fopen(path, "re") : NULL, *out = from ? fopen(to, "we") : NULL;
	while (out && fgets(line, sizeof line, from))
		if (strncmp(line, "VmHWM:", 6) == 0)
			fprintf(out, "%ld\n", strtol(line + 6, NULL, 10));
	if (out)
		fclose(out);
	if (from)
		fclose(from);
}

static inline int liar_main(char **argv, const struct lie *lies, size_t count, char role)
{
	struct liar t = { .next = 1 };
	bool list = argv[1] && strcmp(argv[1], "--list") == 0;
	if (argv[1] && strcmp(argv[1], "--client") == 0) {
		t.client = true;
		t.serve = argv + 3;
		argv++;
	}
	buf_init(&t.list, 64 << 20);
	signal(SIGPIPE, SIG_IGN); /* a victim that gives us up says so by its status */
	for (size_t i = 0; i < count; i++) {
		if (list)
			printf("%s %s\n", lies[i].name, lies[i].statuses);
		if (list || !argv[1] || strcmp(argv[1], lies[i].name) != 0)
			continue;
		t.name = lies[i].name;
		open_link(&t);
		if (!lies[i].own_greeting)
			greet(&t, role);
		/* a client that receives asks for role s, one that sends for r */
		if (!lies[i].own_greeting && role == 'r')
			say_start(&t, NULL);
		lies[i].tell(&t);
		listen_on(&t);
	}
	return list ? 0 : 98;
}
