/* serve.h - the side without a user: one session on two descriptors, from HELLO to the end. */
#pragma once
#include <signal.h>

/* Set by a signal handler: end the session. */
extern volatile sig_atomic_t serve_quit;

/* Speaks on the descriptors until the session has ended; takes them. Returns an exit status (exit.h). Prints nothing: what
 * there is to say goes to the other side. */
int serve_session(int rfd, int wfd);
