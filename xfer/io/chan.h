/* chan.h - a byte channel to the other side: two descriptors and perhaps the child at their other end.
 *
 * Kinds: descriptors we were given (serve --stdio), an ssh child, a forked copy of ourselves (both sides local).
 * Non-blocking inside; waiting is chan_wait's. The channel owns its descriptors and its child: chan_close
 * closes, waits for the child to end of itself (its pipe closes, so it does), and kills it when it does not.
 * One owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "xfer/base/err.h"

struct chan;

/* Takes both descriptors (they may be the same one). -ENOMEM, or what fcntl says. */
int chan_open_fds(struct chan **out, int rfd, int wfd, struct err *err);

/* Runs argv (found through PATH) with its standard input and output on the channel; its standard error is ours. */
int chan_open_command(struct chan **out, char *const argv[], struct err *err);

/* Forks: runs body(arg, fd) in the child with its end of a socket pair and exits with what it returns. */
int chan_open_fork(struct chan **out, int (*body)(void *arg, int fd), void *arg, struct err *err);

/* Bytes moved, 0 at the end of the stream (read), -EAGAIN when it would block, or -errno. */
ssize_t chan_read(struct chan *c, void *to, size_t n);
ssize_t chan_write(struct chan *c, const struct iovec *iov, int n);

/* Waits until the channel can be read (want_read) or written (want_write); timeout in ms, -1 for ever.
 * Returns a bit set: 1 readable, 2 writable; 0 after the timeout; -EINTR on a signal; or -errno. */
int chan_wait(struct chan *c, bool want_read, bool want_write, int timeout_ms);

/* The descriptors that it reads from and writes to, for poll. */
int chan_rfd(const struct chan *c);
int chan_wfd(const struct chan *c);

/* Tells the other side that nothing more comes. */
void chan_shut_write(struct chan *c);

/* To its child, if it has one: SIGKILL before chan_close for one that is not to be waited for. */
void chan_signal(const struct chan *c, int signal);

/* Closes. Returns the child's exit status (128 + signal), or -1 when there was none. */
int chan_close(struct chan *c);
