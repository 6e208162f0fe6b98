/* receiver.h - the receiving end of a tree: decides about each entry, writes what it asked for, puts metadata, links and
 * deletions right, and keeps account.
 *
 * What is visible: a file is written under a temporary name and renamed; a new directory is filled under a temporary
 * name and renamed when its own files are in it, so that its files need no second name. A directory's metadata comes when
 * everything below it is done. Nothing is ever followed or named beyond one component of an open directory (dir.h).
 *
 * The same code only compares (compare), which is what --dry-run, verify and the proof by reading again are, and only
 * lists (--list-only). One thread. The sender's window bounds what is remembered; a sender that does not keep to it, or
 * says what makes no sense, ends the run with -EPROTO. */
#pragma once
#include "xfer/tree/account.h"
#include "xfer/tree/chmod_spec.h"
#include "xfer/tree/filter.h"
#include "xfer/tree/invited.h"
#include "xfer/tree/journal.h"
#include "xfer/tree/options.h"
#include "xfer/tree/tell.h"
#include "xfer/wire/link.h"

struct receiver_job {
	const struct options
		*options; /* dry_run: change nothing; checksum with verify: compare with what is on disk */
	const struct filter *filter;
	const struct chmod_spec *chmod;
	struct dirs *dirs;
	struct dir *root;	       /* NULL: it does not exist yet, in a dry run; or nothing but listing */
	bool root_is_new;	       /* made for this run */
	bool bases;		       /* the sender takes BASE: HELLO_BASES */
	bool mail;		       /* the sender may list mailboxes as such: HELLO_MAIL */
	bool deltas;		       /* old versions are worth reading */
	const char *rename;	       /* the only entry gets this name here; or NULL */
	const struct invited *invited; /* what may stand in the root; NULL: anything */
	char content_mark; /* '<' or '>': how rsync's -i marks content, seen from the user's side */
	struct ids *ids;
	struct journal *journal; /* NULL: there is none */
	const struct tell *tell;
	struct link *link;
	const struct frame *first; /* came already; NULL: none */
	/* frames that are not the receiver's: NOTE, ABORT */
	link_handler *other;
	void *other_ctx;
};

/* Runs until the sender's DONE is answered by everything being in place; *out is the receiver's account, *peer the
 * sender's. What was under way is taken away when it fails, finished names stay. 0, or -errno: -ENOSPC, -EDQUOT, -EROFS
 * and -EIO of the destination end the run. */
int receiver_run(const struct receiver_job *job, struct account *out, struct account *peer, struct err *err);
