#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/fd.h"
#include "xfer/tree/content_hash.h"
#include "xfer/tree/file_source_delta.h"
#include "xfer/tree/file_source_impl.h"
#include "xfer/tree/mail_name.h"
#include "xfer/tree/maildir.h"

struct large {
	struct source_file *file;
	int fd;
	bool sparse;
	struct stat st;
	struct content head;
	struct file_delta *delta; /* NULL: it is sent whole */
};

static int send_head(struct file_source *s, enum frame_type type, const struct content *c, struct link *link,
		     struct err *err)
{
	buf_clear(&s->out);
	content_put(&s->out, c);
	return link_send(link, type, c->seq, s->out.data, s->out.len, err);
}

static size_t chunk_size(const struct large *l, uint64_t at)
{
	uint64_t left = l->head.size - at;
	return left < HASH_CHUNK ? (size_t)left : HASH_CHUNK;
}

/* The next chunk with data at or behind at. */
static uint64_t next_chunk(const struct large *l, uint64_t at)
{
	if (at >= l->head.size || !l->sparse)
		return at;
	return content_next_chunk(l->fd, at, l->head.size);
}

/* What the page cache holds of the chunk that is read next. */
static void look(struct file_source *s, const struct large *l, int turn, uint64_t at)
{
	if (s->gentle)
		gentle_look(&s->pages[turn], l->fd, at, chunk_size(l, at));
}

/* Of a sparse file's chunk, is more than half a hole? Looked at by the block: what holes are made of. */
static bool is_mostly_hole(const uint8_t *chunk, size_t len)
{
	enum { BLOCK = 4096 };
	size_t zeros = 0;
	for (size_t at = 0; at + BLOCK <= len; at += BLOCK)
		zeros += hash_is_zeros(chunk + at, BLOCK);
	return zeros * BLOCK > len / 2;
}

static int send_chunk(const struct large *l, uint64_t at, const void *chunk, size_t len, struct link *link,
		      struct err *err)
{
	if (l->sparse && hash_is_zeros(chunk, len))
		return 0;
	if (l->delta)
		return file_delta_chunk(l->delta, at, chunk, len, err);
	if (l->sparse && is_mostly_hole(chunk, len))
		return link_send_packed(link, FRAME_DATA, at, chunk, len, err);
	return link_send(link, FRAME_DATA, at, chunk, len, err);
}

/* Reads, hashes and sends all chunks. A file that turns out shorter ends there: head.size becomes what was sent.
 * 0; -errno of the link in *link_error; of reading as file->error. */
static int send_chunks(struct file_source *s, struct large *l, struct link *link, struct err *err)
{
	uint64_t at = next_chunk(l, 0);
	struct ring_op op[2];
	int turn = 0, r = 0;
	bool under_way = at < l->head.size;
	if (under_way) {
		op[0] = ring_op_read(l->fd, s->chunk[0], chunk_size(l, at), at);
		look(s, l, 0, at);
		ring_submit(s->ring, &op[0]);
	}
	while (under_way && r == 0) {
		struct ring_op *done = ring_wait(s->ring);
		CHECK(done == &op[turn]);
		if (done->result < 0) {
			l->file->error = (int)done->result;
			return 0;
		}
		size_t n = (size_t)done->result;
		bool cut = n < done->len;
		s->read += n;
		gentle_drop_read(&s->pages[turn], l->fd);
		uint64_t next = cut ? l->head.size : next_chunk(l, at + HASH_CHUNK);
		under_way = next < l->head.size;
		if (under_way) {
			op[!turn] = ring_op_read(l->fd, s->chunk[!turn], chunk_size(l, next), next);
			look(s, l, !turn, next);
			ring_submit(s->ring, &op[!turn]);
			ring_flush(s->ring);
		}
		if (cut)
			l->head.size = at + n;
		file_hash_chunk(s->hash, at, s->chunk[turn], n);
		if (n)
			r = send_chunk(l, at, s->chunk[turn], n, link, err);
		if (r == 0 && s->on_chunk)
			r = s->on_chunk(s->ctx, n, err);
		at = next;
		turn = !turn;
	}
	if (r == 0 && l->delta)
		r = file_delta_end(l->delta, err);
	if (under_way) /* the link failed: the read behind it must not outlive its buffer */
		ring_wait(s->ring);
	return r;
}

/* A message that was renamed since it was listed. */
static int open_moved(const struct source_file *f)
{
	char name[NAME_LIMIT + 1];
	struct dir *box = dir_parent(f->at), *folder[MAIL_TMP];
	int fd[MAIL_TMP], r = -1;
	for (int i = 0; i < MAIL_TMP; i++) {
		folder[i] = dir_child(box, mail_folder_names[i], strlen(mail_folder_names[i]));
		fd[i] = folder[i] ? dir_pin(folder[i]) : -ENOMEM;
	}
	int where = maildir_find(name, fd, f->name, mail_name_parse(f->name, strlen(f->name)).base_len);
	errno = where < 0 ? -where : ENOENT;
	if (where >= 0 && where < MAIL_TMP)
		r = openat(fd[where], name, SOURCE_OPEN_FLAGS);
	int error = errno;
	for (int i = 0; i < MAIL_TMP; i++) {
		if (fd[i] >= 0)
			dir_unpin(folder[i]);
		dir_unref(folder[i]);
	}
	errno = error;
	return r;
}

static int open_large(struct large *l)
{
	int dir = dir_fd(l->file->at);
	if (dir < 0)
		return dir;
	l->fd = openat(dir, l->file->name, SOURCE_OPEN_FLAGS);
	if (l->fd < 0 && errno == ENOENT && l->file->message)
		l->fd = open_moved(l->file);
	if (l->fd < 0)
		return errno == ELOOP ? -ESTALE : -errno;
	if (fstat(l->fd, &l->st) < 0)
		return -errno;
	int r = source_take_stat(l->file, &l->st, &l->head);
	l->sparse = (uint64_t)l->st.st_blocks * 512 < l->head.size;
	if (!r)
		posix_fadvise(l->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return r;
}

int file_source_large(struct file_source *s, struct source_file *file, struct link *link, struct err *err)
{
	AUTO(fd_closep) int fd = -1;
	struct large l = { .file = file, .fd = -1 };
	file->error = open_large(&l);
	fd = l.fd;
	l.head.seq = file->seq;
	if (file->error) {
		l.head = (struct content){ .seq = file->seq, .flags = CONTENT_FAILED, .error = -file->error };
		return send_head(s, FRAME_FILE_END, &l.head, link, err);
	}
	if (s->gentle) /* what was read ahead would look as if it had been there */
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	int r = source_need_ring(s, err);
	if (r == 0 && file->by_name && s->on_owner)
		r = s->on_owner(s->ctx, file->item->uid, file->item->gid, err);
	AUTO(file_delta_freep) struct file_delta *delta = NULL;
	if (r == 0 && file->signature && (file->signature->kept || file->signature->old.size)) {
		r = file_delta_new(&delta, file->signature, link, err);
		l.delta = delta;
		l.head.flags |= CONTENT_BASED;
	}
	if (r == 0)
		r = send_head(s, FRAME_FILE, &l.head, link, err);
	file_hash_begin(s->hash);
	uint64_t announced = l.head.size;
	if (r == 0)
		r = send_chunks(s, &l, link, err);
	if (r < 0)
		return r;

	file->content = file_hash_end(s->hash, l.head.size);
	file->item->size = l.head.size;
	file->changed = l.head.size != announced || source_has_changed(fd, &l.st);
	/* what was only appended to is whole up to where it was read, as a log is; anything else may be torn */
	if (file->changed && !source_has_only_grown(fd, l.head.size, announced))
		file->error = -ESTALE;
	struct content end = {
		.seq = file->seq, .size = l.head.size, .flags = CONTENT_DIGEST, .digest = file->content
	};
	if (file->changed)
		end.flags |= CONTENT_CHANGED;
	if (file->error)
		end = (struct content){ .seq = file->seq, .flags = CONTENT_FAILED, .error = -file->error };
	return send_head(s, FRAME_FILE_END, &end, link, err);
}
