#include "xfer/tree/file_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xfer/tree/file_source_impl.h"

int file_source_new(struct file_source **out, enum ring_backend backend, unsigned jobs, struct err *err)
{
	struct file_source *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "source");
	s->jobs = jobs;
	s->chunk[0] = malloc(HASH_CHUNK);
	s->chunk[1] = malloc(HASH_CHUNK);
	s->hash = file_hash_new();
	buf_init(&s->out, FRAME_MAX);
	int r = s->chunk[0] && s->chunk[1] && s->hash ? 0 : err_set(err, -ENOMEM, "source");
	s->backend = backend;
	/* io_uring by request is refused now; else the ring is made when there is something to read, since taking
	 * one down costs tens of milliseconds */
	if (!r && backend == RING_URING)
		r = ring_new(&s->ring, backend, SOURCE_BATCH, err);
	if (r < 0) {
		file_source_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void file_source_free(struct file_source *s)
{
	if (!s)
		return;
	source_batches_free(s);
	ring_free(s->ring);
	file_hash_free(s->hash);
	free(s->chunk[0]);
	free(s->chunk[1]);
	buf_fini(&s->out);
	free(s);
}

const char *file_source_io(const struct file_source *s)
{
	return s->ring ? ring_name(s->ring) : s->io ? s->io : "none";
}

uint64_t file_source_read(const struct file_source *s)
{
	return s->read;
}

void file_source_on_chunk(struct file_source *s, int (*fn)(void *ctx, size_t bytes, struct err *err),
			  void *ctx)
{
	s->on_chunk = fn;
	s->ctx = ctx;
}

void file_source_on_owner(struct file_source *s,
			  int (*fn)(void *ctx, uint32_t uid, uint32_t gid, struct err *err))
{
	s->on_owner = fn;
}

void file_source_be_gentle(struct file_source *s)
{
	s->gentle = true;
}

int source_need_ring(struct file_source *s, struct err *err)
{
	return s->ring ? 0 : ring_new(&s->ring, s->backend, SOURCE_BATCH, err);
}

/* Takes what the open file says of itself into the item. 0, or -errno. */
int source_take_stat(struct source_file *f, const struct stat *st, struct content *c)
{
	if (!S_ISREG(st->st_mode))
		return -ESTALE;
	struct item *i = f->item;
	if (f->ino && (f->ino != st->st_ino || f->dev != st->st_dev))
		return -ESTALE;
	/* the new owner's name was never announced, and its number may be another's over there */
	bool other = i->uid != st->st_uid || i->gid != st->st_gid;
	if (other && !f->by_name)
		return -ESTALE;
	*c = (struct content){ .seq = f->seq, .size = (uint64_t)st->st_size };
	if (other || i->mode != st->st_mode || i->mtime != st->st_mtim.tv_sec ||
	    i->mtime_ns != (uint32_t)st->st_mtim.tv_nsec) {
		c->flags |= CONTENT_FRESH;
		c->mode = i->mode = st->st_mode;
		c->uid = i->uid = st->st_uid;
		c->gid = i->gid = st->st_gid;
		c->mtime = i->mtime = st->st_mtim.tv_sec;
		c->mtime_ns = i->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	}
	i->size = c->size;
	return 0;
}

bool source_has_changed(int fd, const struct stat *then)
{
	struct stat now;
	return fstat(fd, &now) < 0 || now.st_size != then->st_size ||
	       now.st_mtim.tv_sec != then->st_mtim.tv_sec || now.st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

bool source_has_only_grown(int fd, uint64_t was_read, uint64_t announced)
{
	struct stat now;
	return was_read == announced && fstat(fd, &now) == 0 && (uint64_t)now.st_size > announced;
}
