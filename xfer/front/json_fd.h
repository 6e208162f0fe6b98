/* json_fd.h - the descriptor that a program which started us gave us for its events (--json-fd). Any thread. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/base/event.h"

/* What *e tells goes to fd from now on, and no child of ours gets it. An error when it cannot be written. */
int json_fd_use(struct event *e, int fd, struct err *err);
