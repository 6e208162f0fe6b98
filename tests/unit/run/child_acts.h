/* child_acts.h - the parts that test_child's own program plays as a child. Each ends at the latest when the socket's other end is
 * closed, so that nothing is left of a test that fails. One thread. */
#pragma once
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scheduler/run/child.h"

enum { ACT_MS = 300000 };

static void act_say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(9);
}

static void act_warn(int signal)
{
	(void)signal;
	act_say("{\"event\":\"warning\",\"text\":\"here\"}\n");
}

/* Until something comes from the other end, or that is closed. */
static void act_until(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	while (poll(&p, 1, ACT_MS) < 0)
		;
}

static void act_on_term(int signal)
{
	(void)signal;
	act_say("{\"event\":\"report\",\"ok\":false,\"reason\":\"interrupted here\"}\n");
	_exit(20);
}

static int act_socket;

static void act_bye(int signal)
{
	(void)signal;
	/* long enough that a parent who does not wait for us is seen */
	struct pollfd p = { .fd = -1 };
	poll(&p, 1, 100);
	_exit(write(act_socket, "bye", 3) == 3 ? 0 : 9);
}

/* The same text for ever. */
static void act_flood(const char *text, int fd)
{
	char piece[4096] = "";
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const size_t n = strlen(text), count = sizeof piece / n;
	for (size_t i = 0; i < count; i++)
		memcpy(piece + i * n, text, n);
	while (poll(&p, 1, 0) == 0 && write(STDOUT_FILENO, piece, count * n) > 0)
		;
}

/* A descendant; quiet: that holds nothing of ours open but the socket; on_term is what it does then. */
static void act_fork(int fd, void (*on_term)(int), bool quiet)
{
	int ready[2];
	char c;
	if (pipe(ready))
		_exit(9);
	if (fork() == 0) {
		signal(SIGTERM, on_term);
		for (int i = 0; quiet && i < 3; i++)
			close(i);
		close(ready[0]);
		close(ready[1]);
		act_until(fd);
		_exit(0);
	}
	close(ready[1]);
	while (read(ready[0], &c, 1) > 0)
		;
	close(ready[0]);
}

/* Its child is heard, and then it is killed. */
static void act_nest(const char *self, int fd)
{
	char number[16];
	snprintf(number, sizeof number, "%d", fd);
	const struct child_spec s = { .name = "nest",
				      .argv = (const char *const[]){ self, "hang", number, NULL },
				      .inherit_fd = fd,
				      .log_fd = -1 };
	struct child *c;
	if (child_start(&c, &s, NULL))
		_exit(9);
	while (!child_look(c)->warnings)
		if (child_wait(&c, 1, -1, ACT_MS, NULL) != 1)
			_exit(9);
	raise(SIGKILL);
}

static int child_acts(const char *self, const char *part, int fd)
{
	act_socket = fd;
	if (!strcmp(part, "flood"))
		act_flood("{\"event\":\"progress\",\"done_bytes\":123456}\n", fd);
	if (!strcmp(part, "noise"))
		act_flood("no line and no \xff\x01 event", fd);
	if (!strcmp(part, "nest"))
		act_nest(self, fd);
	if (!strcmp(part, "abandon") || !strcmp(part, "leave"))
		act_fork(fd, SIG_IGN, false);
	if (!strcmp(part, "abandon"))
		return 3;
	if (!strcmp(part, "leave")) {
		act_say("{\"event\":\"report\",\"ok\":true}\n");
		return 0;
	}
	if (!strcmp(part, "family"))
		act_fork(fd, act_bye, true);
	if (!strcmp(part, "quiet")) {
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		if (write(fd, "q", 1) != 1)
			return 9;
		act_until(fd);
		return 3;
	}
	if (!strcmp(part, "stopped"))
		raise(SIGSTOP);
	if (!strcmp(part, "hang"))
		signal(SIGTERM, SIG_IGN);
	if (!strcmp(part, "polite"))
		signal(SIGTERM, act_on_term);
	if (!strcmp(part, "count"))
		signal(SIGTERM, act_warn);
	act_warn(0);
	act_until(fd);
	return 3;
}
