/* link.h - frames over a channel: buffered both ways, compressed where it pays, kept to a rate, watched by a timeout.
 *
 * Writing may have to wait for the peer; while it waits, what the peer sends is read and handed to the
 * handler, so that two ends that both write cannot block each other for ever. Therefore a handler must
 * not send. A receiver that acts on frames by sending (link_recv) has no handler: its peer reads always.
 * The quit flag (signals) is looked at wherever the link waits. One owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/buf.h"
#include "xfer/base/err.h"
#include "xfer/io/chan.h"
#include "xfer/wire/frame.h"

struct link;

/* Called for each frame that came, unpacked; 0, or -errno (err filled) to end the session. */
typedef int link_handler(void *ctx, const struct frame *f, struct err *err);

struct link_stats {
	uint64_t queued;	 /* payload bytes given to link_send */
	uint64_t sent, received; /* bytes on the channel */
	uint64_t packed_from,
		packed_to; /* payload bytes that went through zstd, both ways, before and after */
};

/* What is compressed of what is sent: nothing; all that a sample does not show to be incompressible; or what pays, at a
 * level that goes by what the link and the processor do (codec/adapt.h). */
enum link_compress { LINK_PLAIN, LINK_PACKED, LINK_ADAPTIVE };

/* Called about twice a second while the link waits, and from link_tick; 0, or -errno (err filled) to end the session. */
typedef int link_watch(void *ctx, struct err *err);

/* Does a little of some work, of a few milliseconds, that neither sends nor receives. 1: there is more; 0: there is not, and it is
 * not called again; -errno (err filled) to end the session. */
typedef int link_idle(void *ctx, struct err *err);

/* Takes the channel. */
int link_new(struct link **out, struct chan *chan, enum link_compress compress, struct err *err);
/* Flushes nothing. Returns chan_close's status. */
int link_free(struct link *l);

/* Frees the link but not its channel, which is the caller's then; what was read and not handled is appended to *begun. */
void link_release(struct link *l, struct chan **chan, struct buf *begun);

void link_set_handler(struct link *l, link_handler *handler, void *ctx);
void link_set_compress(struct link *l, enum link_compress compress);
/* Seconds without a byte from the peer that are an error (-ETIMEDOUT); 0: wait for ever. */
void link_set_timeout(struct link *l, int seconds);
/* A flag that a signal handler sets; when it is not zero, waiting ends with -EINTR. */
void link_set_quit(struct link *l, const volatile int *quit);
void link_set_watch(struct link *l, link_watch *watch, void *ctx);
/* What is done instead of waiting, as long as the peer says nothing. NULL: nothing. */
void link_set_idle(struct link *l, link_idle *idle, void *ctx);
/* While *hold is set, link_pump leaves what comes where it is: for a handler that sets it when it has room for no more. */
void link_set_hold(struct link *l, const bool *hold);
/* No more than so many bytes a second each way; 0: no limit. Reading slowly holds the peer back as well. */
void link_set_rate(struct link *l, uint64_t bytes_per_s);

/* Queues one frame; waits for the peer when the buffer is full. After a failure all further calls fail in the same way. */
int link_send(struct link *l, enum frame_type type, uint64_t offset, const void *payload, size_t len,
	      struct err *err);
/* The same, packed where the link packs nothing else: of what is known to be mostly the same byte. */
int link_send_packed(struct link *l, enum frame_type type, uint64_t offset, const void *payload, size_t len,
		     struct err *err);
int link_flush(struct link *l, struct err *err);

/* Reads and handles what has come. wait: waits for something to come first. */
int link_pump(struct link *l, bool wait, struct err *err);

/* The next frame, for sides without a handler; flushes before it waits. The frame's data is valid until the next call.
 * -ECONNRESET at the end of the stream. ABORT is not handled here. */
int link_recv(struct link *l, struct frame *out, struct err *err);

/* To be called now and then in long work without traffic: sends a PING when the peer might give us up. */
int link_tick(struct link *l, struct err *err);

/* To be polled for reading by who waits for something else at the same time. */
int link_rfd(const struct link *l);

void link_get_stats(const struct link *l, struct link_stats *out);

/* Says ABORT with an exit status and a sentence, if that can be written at once; the link is of no use afterwards. */
void link_abort(struct link *l, int status, const char *text);
/* What a call that failed with -ECONNABORTED, without a handler, heard of the peer's reasons: its ABORT's status; else 0. */
int link_abort_status(const struct link *l);
/* Appends an ABORT's payload. */
void link_abort_put(struct buf *b, int status, const char *text);
/* Takes an ABORT's payload apart. Returns the status; text is terminated and cut to cap. */
int link_abort_parse(const struct frame *f, char *text, size_t cap);
