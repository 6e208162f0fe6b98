/* link_pair.h - two links over one socket pair in one process; shared by the tests of wire. */
#pragma once
#include "xfer/wire/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
	struct link *a, *b;
	int raw_a, raw_b; /* copies of the sockets, to go behind the links' backs */
};

static inline struct link *link_on(int fd)
{
	struct chan *c;
	struct link *l;
	struct err err = { 0 };
	if (chan_open_fds(&c, fd, fd, &err) < 0 || link_new(&l, c, LINK_PLAIN, &err) < 0)
		fail_msg("%s", err.text);
	return l;
}

static inline int set_up(void **state)
{
	struct pair *p = calloc(1, sizeof *p);
	int fds[2];
	if (!p || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	p->raw_a = dup(fds[0]);
	p->raw_b = dup(fds[1]);
	p->a = link_on(fds[0]);
	p->b = link_on(fds[1]);
	*state = p;
	return 0;
}

/* Closes one end for good. */
static inline void hang_up(struct link **l, int *raw)
{
	if (*raw >= 0)
		close(*raw);
	*raw = -1;
	link_free(*l);
	*l = NULL;
}

static inline int tear_down(void **state)
{
	struct pair *p = *state;
	hang_up(&p->a, &p->raw_a);
	hang_up(&p->b, &p->raw_b);
	free(p);
	return 0;
}

static inline void good(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d %s", r, err->text);
}

static inline void send_frame(struct link *l, enum frame_type type, uint64_t offset, const void *data,
			      size_t len)
{
	struct err err = { 0 };
	good(link_send(l, type, offset, data, len, &err), &err);
}

static inline void flush(struct link *l)
{
	struct err err = { 0 };
	good(link_flush(l, &err), &err);
}

static inline struct frame receive(struct link *l)
{
	struct frame f = { 0 };
	struct err err = { 0 };
	good(link_recv(l, &f, &err), &err);
	return f;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
