/* greeting.h - what both sides of a link say on it first: that it is dbdump's, of which session, and how much they have of it.
 *
 * A frame of type HELLO; offset: bytes of the other side's stream that were received. Payload: "dbdump", u32 version, u8: 0 begins a
 * session, 1 takes one up again, 16 bytes that name it, 32 that only its two sides know, u32 seconds for which the agent waits for
 * another link, u32 seconds of silence after which a link is taken for lost. The caller speaks first; of the answer the rest is zeros.
 * Instead of an answer an ABORT may come. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/err.h"
#include "xfer/wire/frame.h"

enum {
	GREETING_NAME = 16,
	GREETING_SECRET = 32,
	GREETING_SIZE = FRAME_HEAD + 6 + 4 + 1 + GREETING_NAME + GREETING_SECRET + 4 + 4,
};

struct greeting {
	bool again;
	uint8_t name[GREETING_NAME], secret[GREETING_SECRET];
	uint32_t wait_s, silence_s;
	uint64_t received;
};

void greeting_pack(uint8_t out[static GREETING_SIZE], const struct greeting *g);
/* -ECONNABORTED: it is an ABORT, err has its text; -EPROTO: something else. */
int greeting_parse(struct greeting *out, const uint8_t *bytes, size_t len, struct err *err);

/* Reads one from fd, and nothing behind it. Ends with -ETIMEDOUT at until (clock_now; 0: never), with -EINTR when whoever is at the other
 * end of gone (-1: nobody) closes it, and with -ECONNRESET at the end of fd. */
int greeting_read(struct greeting *out, int fd, int gone, uint64_t until, struct err *err);

/* Instead of an answer, as far as it can be written at once. */
void greeting_refuse(int fd, int status, const char *text);
