#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/codec/hash.h"
#include "xfer/tree/file_source_impl.h"
#include "xfer/tree/stream.h"

enum {
	WAIT_MS = 1000,
	LINGER_MS = 200, /* with so long a pause in the input, what has come of a chunk is sent */
};

struct source {
	struct transfer *t;
	const char *name; /* for people */
	int fd;
	bool regular; /* a named file: its size is known, and it should not change */
	struct stat st;
	uint64_t read, end; /* end: where a regular file ended when it was opened */
	uint8_t *chunk;	    /* HASH_CHUNK; what was read since the last multiple of that */
	size_t fill, sent;  /* bytes in it, and how many of them are sent */
	struct file_hash *hash;
	int error; /* of reading */
};

static int open_source(struct source *s, const char *path, struct err *err)
{
	s->name = path ? path : "standard input";
	/* a fifo without a writer is not waited for here: poll does that, and looks after the link too */
	s->fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
		     : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (s->fd < 0 || fstat(s->fd, &s->st) < 0)
		return err_set(err, -errno, "%s: open", s->name);
	if (S_ISDIR(s->st.st_mode))
		return err_say(err, -EISDIR, "%s: is a directory; xfer sync copies trees", s->name);
	s->regular = path && S_ISREG(s->st.st_mode);
	s->end = s->regular ? (uint64_t)s->st.st_size : UINT64_MAX;
	s->chunk = malloc(HASH_CHUNK);
	s->hash = file_hash_new();
	if (!s->chunk || !s->hash)
		return err_set(err, -ENOMEM, "%s", s->name);
	file_hash_begin(s->hash);
	return 0;
}

static int begin(struct source *s, struct err *err)
{
	uint8_t bytes[16];
	struct buf b = { .data = bytes, .cap = sizeof bytes, .limit = sizeof bytes };
	buf_u8(&b, s->regular);
	buf_varint(&b, s->regular ? s->end : 0);
	s->t->awaits = FRAME_READY;
	int r = link_send(s->t->link, FRAME_START, 0, b.data, b.len, err);
	return r < 0 ? r : transfer_wait(s->t, &s->t->is_ready, err);
}

static void progress(const struct source *s, bool done)
{
	stream_progress(s->t->tell, s->read, s->regular ? &s->end : NULL, done);
}

/* Sends what of the chunk is not sent yet; a whole one, or the last, is hashed and forgotten. */
static int send_read(struct source *s, bool whole, struct err *err)
{
	uint64_t at = s->read - s->fill;
	int r = s->fill == s->sent ? 0
				   : link_send(s->t->link, FRAME_DATA, at + s->sent, s->chunk + s->sent,
					       s->fill - s->sent, err);
	s->sent = s->fill;
	if (whole) {
		if (s->fill)
			file_hash_chunk(s->hash, at, s->chunk, s->fill);
		s->fill = s->sent = 0;
	}
	progress(s, false);
	return r;
}

/* Waits for input and looks after the link meanwhile: 1 when there is some, 0 when not yet, or -errno. */
static int wait_input(struct source *s, struct err *err)
{
	struct link *l = s->t->link;
	struct pollfd p[2] = {
		{ .fd = s->fd, .events = POLLIN },
		{ .fd = link_rfd(l), .events = POLLIN },
	};
	int ready = poll(p, 2, s->fill > s->sent ? LINGER_MS : WAIT_MS);
	int r = link_tick(l, err);
	if (r == 0 && ready > 0 && p[1].revents)
		r = link_pump(l, false, err);
	if (r == 0 && ready == 0 && s->fill > s->sent)
		r = send_read(s, false, err);
	if (r == 0 && ready == 0)
		r = link_flush(l, err);
	return r < 0 ? r : ready > 0 && p[0].revents;
}

/* Reads and sends all of it. */
static int send_all(struct source *s, struct err *err)
{
	while (s->read < s->end) {
		int r = wait_input(s, err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		size_t room = HASH_CHUNK - s->fill;
		if (room > s->end - s->read)
			room = (size_t)(s->end - s->read);
		ssize_t n = read(s->fd, s->chunk + s->fill, room);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			s->error = -errno;
		if (n <= 0)
			break;
		s->fill += (size_t)n;
		s->read += (size_t)n;
		if (s->fill == HASH_CHUNK && (r = send_read(s, true, err)) < 0)
			return r;
	}
	return send_read(s, true, err);
}

/* Tells what went wrong. */
static void judge(struct source *s)
{
	const struct tell *tell = s->t->tell;
	size_t n = strlen(s->name);
	const char *what = NULL;
	if (s->error)
		what = strerror(-s->error);
	else if (s->regular && source_has_changed(s->fd, &s->st) &&
		 !source_has_only_grown(s->fd, s->read, s->end))
		what = "changed while it was read; run again";
	if (what)
		tell->failure(tell->ctx, s->name, n, what, tell_errnum(s->error));
	s->t->source.items.failed = what != NULL;
	if (what || !s->regular || !source_has_only_grown(s->fd, s->read, s->end))
		return;
	struct err grown;
	err_say(&grown, 0, "%s: grew while it was read; what it had at the beginning is there", s->name);
	tell->warning(tell->ctx, grown.text);
}

static int end(struct source *s, struct err *err)
{
	struct transfer *t = s->t;
	struct account *a = &t->source;
	a->items.total = 1;
	a->bytes.total = a->bytes.read = s->read;
	a->digest = file_hash_end(s->hash, s->read);
	a->io = 1;
	account_take_memory(a);
	struct buf b;
	buf_init(&b, FRAME_MAX);
	account_put(&b, a);
	int r = b.failed ? err_set(err, -ENOMEM, "account")
			 : link_send(t->link, FRAME_DONE, 0, b.data, b.len, err);
	buf_fini(&b);
	t->awaits = FRAME_FINAL;
	if (r == 0)
		r = transfer_wait(t, &t->complete, err);
	progress(s, true);
	return r;
}

int stream_send(struct transfer *t, const char *path, struct err *err)
{
	struct source s = { .t = t, .fd = -1 };
	uint64_t before = clock_now();
	link_set_handler(t->link, transfer_other, t);
	buf_init(&t->ready, FRAME_MAX);
	int r = open_source(&s, path, err);
	if (r == 0)
		r = begin(&s, err);
	if (r == 0)
		r = send_all(&s, err);
	if (r == 0) {
		judge(&s);
		r = end(&s, err);
	}
	t->transfer_seconds = (double)(clock_now() - before) / 1e9;
	if (s.fd >= 0)
		close(s.fd);
	free(s.chunk);
	file_hash_free(s.hash);
	buf_fini(&t->ready);
	return r;
}
