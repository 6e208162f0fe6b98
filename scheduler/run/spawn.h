/* spawn.h - starting a process: what child.h promises of its surroundings. Between fork and exec only async-signal-safe functions
 * are called, so that a program with threads may start some. Any thread. */
#pragma once
#include <sys/types.h>

#include "scheduler/run/child.h"

struct spawn {
	pid_t pid;	       /* and its group's */
	int pidfd, out, error; /* the caller closes; what it says can be read without waiting */
};

/* -errno with the name of the program when that cannot be run; then there is no process. */
int spawn_start(struct spawn *out, const struct child_spec *spec, struct err *err);

/* A pidfd of any process of the group that has not ended; -ESRCH: there is none; -errno. The caller closes. */
int spawn_member(pid_t group);
