/* lock.h - who does a piece of work: one process at a time, whatever was killed. A lock is a file beside the store, and ends with the
 * last process that has it open: a worker's children have it too, so work is not begun again while something of it goes on. */
#pragma once
#include "xfer/base/err.h"

/* name: "account-7". The descriptor, which the caller closes; -EAGAIN: somebody does it. */
int lock_take(const char *store_path, const char *name, struct err *err);
