/* hello.h - the first frame of both sides: who speaks, and which versions of the protocol.
 *
 * HELLO payload: "xfer", u32 oldest version spoken, u32 newest version spoken, 16 bytes that name this boot of this host
 * (so that two ends can tell that they are on one machine), string: the program's version, for people.
 * The newest version that both speak is used. 2 adds BASE and COPY, and with them VERDICT_WANT_BASE and CONTENT_BASED.
 * 3 adds mailboxes: MAIL, LISTING_UNSURE, and messages among the entries. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/wire/link.h"

enum { HELLO_OLDEST = 1, HELLO_NEWEST = 3, HELLO_BASES = 2 /* the first that has BASE */, HELLO_MAIL = 3 };

struct hello {
	uint32_t version; /* to be used */
	uint8_t boot[16];
	char program[64];
	bool same_host;
};

/* behind: for whom we only stand in between, whose boot and version are said instead of ours; else NULL. */
int hello_send_for(struct link *l, const struct hello *behind, struct err *err);
int hello_send(struct link *l, struct err *err);
/* Takes the peer's HELLO. -EPROTO, naming both sides' versions, when there is none in common. */
int hello_take(struct hello *out, const struct frame *f, struct err *err);
