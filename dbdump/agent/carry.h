/* carry.h - a copy that two agents do (serve.h), each beside its server: this host starts them, passes the stream on, which it
 * neither unpacks nor understands, and tells what they tell. */
#pragma once
#include "dbdump/agent/order.h"
#include "dbdump/agent/tell.h"
#include "xfer/front/remote.h"

enum { CARRY_FROM, CARRY_TO, CARRY_ENDS };

struct carry_end {
	struct remote at; /* host NULL: this one */
	struct order order;
};

struct carry_job {
	struct carry_end ends[CARRY_ENDS]; /* borrowed */
	const char *shell;		   /* -e; NULL: ssh */
	const char *program;		   /* --dbdump-path; NULL: dbdump */
	unsigned wait_s, silence_s;	   /* of their links (caller.h) */
	int (*here)(int fd, int silence);  /* an agent on this host: its body in a fork (serve.h) */
	const struct observer *observer;
};

/* Fills report, which is all zeros, whatever happens; words keeps what its static strings point to, and outlives it. Returns its
 * status. The observer's quit flag ends it. */
int carry_run(struct report *report, struct strings *words, const struct carry_job *job);

/* [user@]host. The strings are new, the caller's. -EINVAL for what ssh would take for an option; -ENOMEM. */
int carry_parse_host(struct remote *out, const char *text, struct err *err);
