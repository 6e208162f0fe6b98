/* relay.h - both ends on other hosts: this one starts them, passes on what they say to each other, and is the user's side
 * of both. Neither host needs to reach the other, and no agent is forwarded.
 *
 * The pace is set here: by this host's clock and file, from what the source tells of its progress, and on what is passed on.
 *
 * Kept here are NOTE and ABORT; DONE and FINAL are looked at for the report. All else passes as it is (wire/splice.h), so the
 * hosts must understand each other: the one version of the protocol that all three speak is used. Nothing that they
 * say is written anywhere but to the terminal, escaped as always. */
#pragma once
#include "xfer/cli/config.h"
#include "xfer/cli/endpoint.h"
#include "xfer/cli/pace.h"
#include "xfer/tree/transfer.h"

struct relay {
	/* given */
	const struct endpoint *from, *to;
	enum config_role from_role, to_role;
	unsigned tell; /* enum config_tell */
	const struct strings *paths;
	const char *destination;
	const volatile int *quit;
	struct pace *pace; /* t->tell gives it what the source says of its progress */

	/* result */
	struct link_stats traffic;
	uint64_t connected; /* clock_now when both had been told what to do; 0: never */
	int status;	    /* exit status where the error's code does not say it; else 0 */
};

/* Runs it; fills t's accounts. t->options and t->tell are given. 0 or -errno. */
int relay_run(struct relay *r, struct transfer *t, struct err *err);
