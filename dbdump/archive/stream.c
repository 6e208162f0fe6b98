#include "dbdump/archive/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	WINDOW = 2 *
		 (RECORD_MOST + RECORD_HEAD), /* a record, whole, and as much again that is read at once */
	STOP_MS = 200,
};

struct stream {
	struct stream_job job;
	uint8_t id[FORMAT_ID];
	uint8_t *window;
	size_t from, to; /* what of it is still to be looked at */
	uint64_t offset; /* of from */
	uint64_t number; /* of the next record */
	struct found last;
	size_t last_from; /* its head in the window */
	bool again;
	bool ended;
	atomic_bool stopped;
};

/* A pipe may be silent for long. */
static int wait_for(const struct stream *s, struct err *err)
{
	struct pollfd p = { .fd = s->job.fd, .events = POLLIN };
	for (;;) {
		if ((s->job.stop && *s->job.stop) || atomic_load(&s->stopped))
			return err_say(err, -EINTR, "%s: interrupted", s->job.shown);
		int n = poll(&p, 1, STOP_MS);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_set(err, -errno, "%s", s->job.shown);
	}
}

/* Sees that n bytes are there, unless it ends before. 0 or -errno. */
static int fill(struct stream *s, size_t n, struct err *err)
{
	if (s->to - s->from >= n)
		return 0;
	memmove(s->window, s->window + s->from, s->to - s->from);
	s->to -= s->from;
	s->from = 0;
	while (!s->ended && s->to < n) {
		int rc = wait_for(s, err);
		if (rc < 0)
			return rc;
		ssize_t got = read(s->job.fd, s->window + s->to, WINDOW - s->to);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, -EIO, "%s: read", s->job.shown);
		s->ended = got == 0;
		s->to += (size_t)got;
	}
	return 0;
}

static size_t have(const struct stream *s)
{
	return s->to - s->from;
}

static void pass(struct stream *s, size_t n)
{
	s->from += n;
	s->offset += n;
}

static int begin(struct stream *s, struct err *err)
{
	struct edge e = { .last = true };
	int rc = fill(s, FORMAT_EDGE, err);
	if (rc < 0)
		return rc;
	rc = have(s) < FORMAT_EDGE ? -EPROTO : edge_parse(&e, s->window);
	if (rc == 0 && e.last)
		rc = -EPROTO;
	if (rc == -EPROTONOSUPPORT)
		return err_say(
			err, rc,
			"%s is an archive of version %u, made by a newer dbdump: this one reads version %d",
			s->job.shown, e.version, FORMAT_VERSION);
	if (rc < 0 && !s->job.id)
		return err_say(err, rc,
			       rc == -EPROTO ? "%s is no archive of dbdump"
					     : "%s: the first bytes of the archive are damaged",
			       s->job.shown);
	memcpy(s->id, rc < 0 ? s->job.id : e.id, FORMAT_ID);
	pass(s, have(s) < FORMAT_EDGE ? have(s) : FORMAT_EDGE);
	return 0;
}

int stream_new(struct stream **out, const struct stream_job *job, struct err *err)
{
	struct stream *s = calloc(1, sizeof *s);
	if (!s || !(s->window = malloc(WINDOW))) {
		free(s);
		return err_set(err, -ENOMEM, "%s", job->shown);
	}
	s->job = *job;
	int rc = begin(s, err);
	if (rc < 0)
		stream_free(s);
	else
		*out = s;
	return rc;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	free(s->window);
	free(s);
}

const uint8_t *stream_id(const struct stream *s)
{
	return s->id;
}

/* Moves to where the next record may begin, one byte on at least. */
static void seek_mark(struct stream *s)
{
	const uint8_t *at = s->window + s->from + 1, *end = s->window + s->to;
	const uint8_t *mark = end > at ? memmem(at, (size_t)(end - at), s->id, RECORD_MARK) : NULL;
	/* a mark may begin at the end of what is there */
	if (!mark)
		mark = end - at >= RECORD_MARK ? end - (RECORD_MARK - 1) : at;
	pass(s, (size_t)(mark - at) + 1);
}

/* The trailer, and nothing behind it, is no damage. */
static bool is_trailer(const struct stream *s)
{
	struct edge e;
	return have(s) == FORMAT_EDGE && edge_parse(&e, s->window + s->from) == 0 && e.last &&
	       memcmp(e.id, s->id, FORMAT_ID) == 0;
}

/* The next head, which is not passed over. 1, 0 (the end), -errno. */
static int next_head(struct stream *s, struct found *out, struct err *err)
{
	*out = (struct found){ 0 };
	for (;;) {
		int rc = fill(s, RECORD_HEAD, err);
		if (rc < 0)
			return rc;
		if (have(s) == 0 || is_trailer(s))
			return 0;
		if (have(s) >= RECORD_HEAD && record_parse(&out->record, s->window + s->from, s->id) == 0 &&
		    out->record.number >= s->number)
			break;
		uint64_t before = s->offset;
		if (have(s) < RECORD_HEAD)
			pass(s, 1);
		else
			seek_mark(s);
		out->lost += s->offset - before;
	}
	out->offset = s->offset;
	out->missing = out->record.number - s->number;
	s->number = out->record.number + 1;
	return 1;
}

/* The next record, all of it in the window, into s->last. 1, 0, -errno. */
static int find_next(struct stream *s, struct err *err)
{
	struct found *f = &s->last;
	uint64_t lost = 0, missing = 0;
	for (;;) {
		int rc = next_head(s, f, err);
		f->lost += lost;
		f->missing += missing;
		if (rc <= 0)
			return rc;
		rc = fill(s, RECORD_HEAD + f->record.stored, err);
		if (rc < 0)
			return rc;
		if (have(s) >= RECORD_HEAD + f->record.stored)
			break;
		/* it ends within this one */
		lost = f->lost + have(s);
		missing = f->missing + 1;
		pass(s, have(s));
	}
	s->last_from = s->from;
	struct digest hash = hash_of(s->window + s->from + RECORD_HEAD, f->record.stored);
	/* where bytes are missing, the next record stands within what should be this one's */
	if (digest_equal(&hash, &f->record.payload))
		pass(s, RECORD_HEAD + f->record.stored);
	else
		seek_mark(s);
	return 1;
}

int stream_next(struct stream *s, struct payload *p, struct found *out, struct err *err)
{
	int rc = s->again ? 1 : find_next(s, err);
	s->again = false;
	*out = s->last;
	if (rc > 0)
		memcpy(p->stored.data, s->window + s->last_from + RECORD_HEAD, out->record.stored);
	return rc;
}

void stream_again(struct stream *s)
{
	s->again = true;
}

void stream_stop(struct stream *s)
{
	atomic_store(&s->stopped, true);
}
