/* bootstrap.h - brings the static program along to a host that has no xfer, over the connection that the run then uses.
 *
 * There a small sh script finds a folder where programs may run and puts a file into it that loses its name before it is
 * written: whatever ends the connection, the kernel leaves nothing of it. The script speaks in lines
 *
 *	xfer-bootstrap go SYSTEM MACHINE	send the program now
 *	xfer-bootstrap ok			it arrived whole; from here on it speaks
 *	xfer-bootstrap no REASON
 *
 * and we only ever send what was asked for, so that nothing is lost where it reads ahead. Other lines are a login's
 * noise. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/cli/program.h"
#include "xfer/io/chan.h"

/* What the remote shell is to run, for the caller to free; NULL without memory. */
char *bootstrap_command(const struct program *p);

/* How long and for what it is waited. */
struct bootstrap_wait {
	const char *host;
	int timeout;		  /* seconds without a byte either way; 0: for ever */
	const volatile int *quit; /* see link_set_quit */
};

/* Sends the program; when 0 is returned, its serve --stdio is at the other end. -ENOEXEC when that host cannot take it,
 * -ETIMEDOUT, -EINTR, -ECONNRESET, -EPROTO; the text names the host. */
int bootstrap_send(const struct program *p, struct chan *c, const struct bootstrap_wait *w, struct err *err);
