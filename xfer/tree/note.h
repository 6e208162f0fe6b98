/* note.h - what the side without a user has to tell (tell.h), as NOTE frames.
 *
 * NOTE payload: u8 kind, then
 *   1 item      string change, string name, u8 whether there is a suffix, string suffix
 *   2 failure   string name, string sentence, errno
 *   3 warning   string text
 *   5 progress  u8 phase (0 transfer, 1 verify), u8 whether the total is known, the numbers of struct progress in its order
 *   4 list      mode, size, signed mtime, string name, string target */
#pragma once
#include "xfer/tree/tell.h"
#include "xfer/wire/link.h"

struct notes {
	struct link *link;
	bool items;	  /* somebody wants to see them */
	bool progress;	  /* and how far it is, a few times a second */
	uint64_t told_at; /* clock_now of the last progress */
};

/* A tell that sends. Errors of the link stay in the link. */
struct tell notes_tell(struct notes *n);
/* Gives one NOTE to the user's tell. 0 or -EPROTO. */
int note_deliver(const struct frame *f, const struct tell *tell, struct err *err);
