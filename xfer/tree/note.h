/* note.h - what the side without a user has to tell (tell.h), as NOTE frames.
 *
 * NOTE payload: u8 kind, then
 *   1 item      string change, string name, u8 whether there is a suffix, string suffix
 *   2 failure   string name, string sentence, errno
 *   3 warning   string text
 *   4 list      mode, size, signed mtime, string name, string target */
#pragma once
#include "xfer/tree/tell.h"
#include "xfer/wire/link.h"

struct notes {
	struct link *link;
	bool items; /* somebody wants to see them */
};

/* A tell that sends. Errors of the link stay in the link. */
struct tell notes_tell(struct notes *n);
/* Gives one NOTE to the user's tell. 0 or -EPROTO. */
int note_deliver(const struct frame *f, const struct tell *tell, struct err *err);
