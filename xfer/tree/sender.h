/* sender.h - the sending end of a tree: lists it, answers what the receiver wants, and keeps account.
 *
 * One thread, no round trips: it goes on listing while the receiver decides, and sends content as wants arrive.
 * Listing and content take turns, a slice of names for a bundle of content, so that the listing runs ahead and totals are
 * known early. What is listed and not yet decided or sent is remembered: at most SENDER_WINDOW entries, which bounds the
 * memory of both ends. Wants are answered in the order in which they come.
 *
 * The listing can begin before there is a receiver, while a connection is made: sender_ahead lists, and holds what it lists
 * until sender_run sends it. */
#pragma once
#include "xfer/tree/account.h"
#include "xfer/tree/filter.h"
#include "xfer/tree/options.h"
#include "xfer/tree/tell.h"
#include "xfer/tree/walk.h"
#include "xfer/wire/link.h"

enum { SENDER_WINDOW = 1 << 16 };

struct sender_job {
	const struct options *options;
	const struct filter *filter;
	const struct pick *root;
	struct dirs *dirs;
	struct ids *ids;
	const struct tell *tell;
	struct link *link;
	bool bases; /* the receiver may say what it has of a file: HELLO_BASES */
	/* frames that are not the sender's: NOTE, READY, FINAL, ABORT */
	link_handler *other;
	void *other_ctx;
};

struct sender;

/* Borrows the job for the life of the sender; link, bases and other may be filled in until sender_run. */
int sender_new(struct sender **out, const struct sender_job *job, struct err *err);
void sender_free(struct sender *s);

/* Lists a little, before sender_run. 1: there may be more; 0: all is listed, or as much as may be held; -errno. */
int sender_ahead(struct sender *s, struct err *err);

/* Runs until all is listed, decided and sent, and DONE is on its way; sets the link's handler while it runs. Fills *out also
 * when it fails. 0, or -errno. Once. */
int sender_run(struct sender *s, struct account *out, struct err *err);
