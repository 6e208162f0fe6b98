/* transfer.h - one run between two ends that have said HELLO and agreed on the options: opens what is to be read or
 * written, refuses what must not be, runs sender or receiver, and once more to compare when --verify asks for it.
 *
 * START, sender to receiver: u8 flags (1: a single thing that is not a directory), string its name.
 * READY, receiver to sender: u8 flags (1: a root exists or will be made), then (device, inode) of it and of all directories
 *   above it; of one that will be made when the sender's next frame comes, (0, 0) and of those above it that are there. With
 *   it the sender finds out on a common host that source and destination overlap, and refuses.
 * ABORT in either direction ends the run; its text is for the user. One thread. */
#pragma once
#include "xfer/tree/account.h"
#include "xfer/tree/options.h"
#include "xfer/tree/tell.h"
#include "xfer/wire/hello.h"
#include "xfer/wire/link.h"

struct transfer {
	/* given */
	const struct options *options;
	struct link *link;
	const struct tell *tell;
	bool same_host;	  /* of HELLO */
	uint32_t version; /* of HELLO */
	bool local;	  /* both ends are processes of one run, and no link is to be spared */
	const struct strings
		*asked;	   /* receiver: the arguments that the sender was given; NULL: they are its own */
	bool has_user;	   /* this side prints; else notes are an error */
	char content_mark; /* receiver: '<' or '>' of the itemised lines */

	/* result */
	struct account source, target; /* as counted by the sender, the receiver */
	struct account verify_source, verify_target;
	bool complete, verified; /* the accounts are all there */
	double transfer_seconds, verify_seconds;
	int abort_status;	/* the peer gave up: exit status, text in the error */
	int phase;		/* internal: which account comes next */
	enum frame_type awaits; /* internal: of READY and FINAL, the one that may come now */
	struct buf ready;
	bool is_ready;
};

struct transfer_source;

/* Opens what args name; it needs no other side yet. Borrows o and tell. -ENOENT: nothing of it exists. */
int transfer_open_source(struct transfer_source **out, const struct options *o, const struct strings *args,
			 const struct tell *tell, struct err *err);
void transfer_close_source(struct transfer_source *s);
/* A link_idle, ctx being the struct transfer_source: lists some of it ahead, while the other side is not there yet. What cannot be
 * read is told, so tell must not send. */
int transfer_list_ahead(void *source, struct err *err);
/* Sends it. -EXDEV: source and destination overlap. */
int transfer_send_source(struct transfer *t, struct transfer_source *s, struct err *err);
/* Opens, sends and closes it. */
int transfer_send(struct transfer *t, const struct strings *args, struct err *err);
/* Receives into path. */
int transfer_receive(struct transfer *t, const char *path, struct err *err);

/* Do these options ask for a second pass, which compares what is on disk? */
bool transfer_verifies(const struct options *o);
/* For the ends that run in here, and stream.h. A link_handler, ctx being the struct transfer: takes NOTE, ABORT, READY and FINAL. */
int transfer_other(void *ctx, const struct frame *f, struct err *err);
/* Waits until that has seen what it is to see. */
int transfer_wait(struct transfer *t, const bool *seen, struct err *err);
