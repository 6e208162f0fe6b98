#include "dbdump/agent/lasting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/wire/frame.h"
#include "xfer/wire/link.h"

enum { WHOLE = FRAME_HEAD + LASTING_PIECE };
#define UNKNOWN UINT64_MAX

/* Bytes are counted from the beginning of each stream; byte n lies at n % window of its ring. */
struct lasting {
	size_t window;
	uint8_t *ours, *theirs;		  /* rings */
	uint64_t freed, sent, put;	  /* ours: taken over there <= sent over this link <= given to us */
	uint64_t taken, received;	  /* theirs: taken by who is here <= come */
	uint64_t said;			  /* of taken, over this link; UNKNOWN: nothing yet */
	uint64_t their_end;		  /* UNKNOWN until DONE */
	bool ended, said_end, wants_ping; /* ours; said_end: over this link */
	uint8_t *out, *in;		  /* WHOLE, 2 * WHOLE */
	size_t out_at, out_end,
		in_end; /* [out_at, out_end) is to be written; [0, in_end) is no whole frame yet */
};

int lasting_new(struct lasting **out, size_t window, struct err *err)
{
	struct lasting *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "stream");
	*s = (struct lasting){ .window = window, .said = UNKNOWN, .their_end = UNKNOWN };
	s->ours = malloc(window);
	s->theirs = malloc(window);
	s->out = malloc(WHOLE);
	s->in = malloc(2 * WHOLE);
	if (!s->ours || !s->theirs || !s->out || !s->in) {
		lasting_free(s);
		return err_set(err, -ENOMEM, "stream");
	}
	*out = s;
	return 0;
}

void lasting_free(struct lasting *s)
{
	if (!s)
		return;
	free(s->ours);
	free(s->theirs);
	free(s->out);
	free(s->in);
	free(s);
}

/* Of the ring's bytes from at to end, those that lie in one piece. */
static size_t straight(const struct lasting *s, uint64_t at, uint64_t end)
{
	size_t to_edge = s->window - (size_t)(at % s->window);
	return end - at < to_edge ? (size_t)(end - at) : to_edge;
}

size_t lasting_room(struct lasting *s, uint8_t **to)
{
	*to = s->ours + s->put % s->window;
	return straight(s, s->put, s->freed + s->window);
}

void lasting_put(struct lasting *s, size_t n)
{
	CHECK(!s->ended && n <= s->freed + s->window - s->put);
	s->put += n;
}

void lasting_end(struct lasting *s)
{
	s->ended = true;
}

size_t lasting_come(const struct lasting *s, const uint8_t **from)
{
	*from = s->theirs + s->taken % s->window;
	return straight(s, s->taken, s->received);
}

void lasting_take(struct lasting *s, size_t n)
{
	CHECK(n <= s->received - s->taken);
	s->taken += n;
}

bool lasting_knows_end(const struct lasting *s)
{
	return s->their_end != UNKNOWN;
}

bool lasting_is_over(const struct lasting *s)
{
	return s->taken == s->their_end;
}

uint64_t lasting_received(const struct lasting *s)
{
	return s->received;
}

uint64_t lasting_carried(const struct lasting *s)
{
	return s->received + s->freed;
}

int lasting_join(struct lasting *s, uint64_t received, const void *first, size_t len, struct err *err)
{
	CHECK(len <= LASTING_PIECE);
	if (received < s->freed || received > s->put)
		return err_say(err, -EPROTO,
			       "the other side has received what was never sent, or forgotten what it took");
	s->sent = received;
	s->said = UNKNOWN;
	s->said_end = s->wants_ping = false;
	s->in_end = s->out_at = 0;
	s->out_end = len;
	if (len)
		memcpy(s->out, first, len);
	return 0;
}

bool lasting_said_end(const struct lasting *s)
{
	return s->said_end && s->out_at == s->out_end;
}

void lasting_ping(struct lasting *s)
{
	s->wants_ping = true;
}

/* What is written. */

static void say(struct lasting *s, enum frame_type type, uint64_t offset, size_t len)
{
	struct frame f = {
		.type = (uint16_t)type, .offset = offset, .data = s->out + FRAME_HEAD, .len = (uint32_t)len
	};
	if (len)
		memcpy(s->out + FRAME_HEAD, s->ours + offset % s->window, len);
	frame_pack(s->out, &f);
	s->out_at = 0;
	s->out_end = FRAME_HEAD + len;
}

static void say_data(struct lasting *s)
{
	size_t n = straight(s, s->sent, s->put);
	if (n > LASTING_PIECE)
		n = LASTING_PIECE;
	say(s, FRAME_DATA, s->sent, n);
	s->sent += n;
}

size_t lasting_next(struct lasting *s, const uint8_t **from)
{
	if (s->out_at < s->out_end) {
		/* that first */
	} else if (s->ended && !s->said_end) {
		say(s, FRAME_DONE, s->put, 0);
		s->said_end = true;
	} else if (s->said == UNKNOWN || s->taken - s->said >= s->window / 8) {
		say(s, FRAME_WANT, s->taken, 0);
		s->said = s->taken;
	} else if (s->wants_ping) {
		say(s, FRAME_PING, 0, 0);
		s->wants_ping = false;
	} else if (s->sent < s->put) {
		say_data(s);
	}
	*from = s->out + s->out_at;
	return s->out_end - s->out_at;
}

void lasting_written(struct lasting *s, size_t n)
{
	CHECK(n <= s->out_end - s->out_at);
	s->out_at += n;
}

/* What is read. */

static int on_data(struct lasting *s, const struct frame *f)
{
	if (f->offset != s->received || f->len > s->taken + s->window - s->received ||
	    f->len > s->their_end - s->received)
		return -EPROTO;
	size_t n = straight(s, s->received, s->received + f->len);
	memcpy(s->theirs + s->received % s->window, f->data, n);
	memcpy(s->theirs, f->data + n, f->len - n);
	s->received += f->len;
	return 0;
}

static int on_want(struct lasting *s, uint64_t taken)
{
	if (taken < s->freed || taken > s->sent)
		return -EPROTO;
	s->freed = taken;
	return 0;
}

static int on_done(struct lasting *s, uint64_t end)
{
	if (end < s->received || (lasting_knows_end(s) && end != s->their_end))
		return -EPROTO;
	s->their_end = end;
	return 0;
}

static int on_frame(struct lasting *s, const struct frame *f, struct err *err)
{
	int rc = -EPROTO;
	if (f->type == FRAME_ABORT) {
		link_abort_parse(f, err->text, sizeof err->text);
		return err->code = -ECONNABORTED;
	}
	if (f->type == FRAME_DATA)
		rc = on_data(s, f);
	else if (f->type == FRAME_WANT && f->len == 0)
		rc = on_want(s, f->offset);
	else if (f->type == FRAME_DONE && f->len == 0)
		rc = on_done(s, f->offset);
	else if (f->type == FRAME_PING)
		rc = 0;
	return rc ? err_say(err, rc, "a frame of type %u that is not what must come next", f->type) : 0;
}

size_t lasting_ear(struct lasting *s, uint8_t **to)
{
	*to = s->in + s->in_end;
	return 2 * WHOLE - s->in_end;
}

int lasting_heard(struct lasting *s, size_t n, struct err *err)
{
	struct frame f;
	ssize_t used = 0;
	size_t at = 0;
	int rc = 0;
	s->in_end += n;
	while (rc == 0 && (used = frame_parse(&f, s->in + at, s->in_end - at)) > 0) {
		at += (size_t)used;
		rc = on_frame(s, &f, err);
	}
	s->in_end -= at;
	memmove(s->in, s->in + at, s->in_end);
	if (rc == 0 && (used < 0 || s->in_end >= WHOLE))
		return err_say(err, -EBADMSG, "what came is not ours, or was damaged on the way");
	return rc;
}
