/* lasting.h - a stream of bytes each way that outlives the links which carry it: what was sent is kept until the other side has taken
 * it, and is sent again over the next link from where that side stands.
 *
 * Over a link go frames (wire/frame.h), behind the greeting (greeting.h) of each side:
 *   DATA  the stream's bytes, from offset on
 *   WANT  the bytes before offset were taken: they need not be kept, and there is room for as many more behind them
 *   DONE  the stream ends at offset; said as soon as that is known, ahead of what is still to be sent
 *   PING  nothing; a sign of life
 *   ABORT the session is over, and why
 * Anything else, and what was damaged on the way, is an error of the link and not of the stream: it costs a new link. Nobody has more
 * than a window under way or waiting, so each side can always read what comes, however slowly it is taken, and a silent link is a
 * dead one.
 *
 * Pure: no descriptors, no clock. One owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

/* A window is what a link of 100 MB/s has under way in 80 ms; ssh's own is smaller. */
enum { LASTING_WINDOW = 8 << 20, LASTING_PIECE = 128 * 1024 };

struct lasting;

/* The window is a multiple of 8. -ENOMEM. */
int lasting_new(struct lasting **out, size_t window, struct err *err);
void lasting_free(struct lasting *s);

/* What is to be sent. There is room for so many bytes at *to; 0: the other side has to take some first. */
size_t lasting_room(struct lasting *s, uint8_t **to);
void lasting_put(struct lasting *s, size_t n);
/* Nothing more is. */
void lasting_end(struct lasting *s);

/* What has come: so many bytes at *from. */
size_t lasting_come(const struct lasting *s, const uint8_t **from);
void lasting_take(struct lasting *s, size_t n);
/* The other side said where its stream ends; all up to there was taken. */
bool lasting_knows_end(const struct lasting *s);
bool lasting_is_over(const struct lasting *s);

/* How much of the other side's stream came, for the greeting. */
uint64_t lasting_received(const struct lasting *s);
/* Grows when a link carried something, either way. */
uint64_t lasting_carried(const struct lasting *s);

/* There is a new link, on which nothing was read behind the greeting; the other side has received so many bytes of ours. first, of at
 * most LASTING_PIECE bytes, is written to it before all else. -EPROTO: it cannot have. */
int lasting_join(struct lasting *s, uint64_t received, const void *first, size_t len, struct err *err);
/* Our end was written to this link. */
bool lasting_said_end(const struct lasting *s);
/* Say PING next. */
void lasting_ping(struct lasting *s);
/* What is to be written to the link now: so many bytes at *from. */
size_t lasting_next(struct lasting *s, const uint8_t **from);
void lasting_written(struct lasting *s, size_t n);
/* Where what the link brings is to be read to; never 0. */
size_t lasting_ear(struct lasting *s, uint8_t **to);
/* So much was. -EBADMSG, -EPROTO: the link is of no use any more; -ECONNABORTED: the session is over, err says why. */
int lasting_heard(struct lasting *s, size_t n, struct err *err);
