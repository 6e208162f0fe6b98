#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "xfer/base/fd.h"
#include "xfer/base/pool.h"
#include "xfer/tree/jobs.h"
#include "xfer/tree/receiver_impl.h"
#include "xfer/tree/signature.h"

enum {
	OLD_LEAST = 16 * 1024, /* below that an old version is not worth a look */
	OLD_SHARE = 32,	       /* nor when it is so many times smaller than the new one */
	CHUNKS = 4,	       /* of one file in memory at the same time */
};

/* A file that an interrupted run of ours left: nobody else can have written to it. */
static bool is_ours(const struct receiver *r, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == r->rules.uid && st->st_nlink == 1;
}

/* Finds what an interrupted run left of the file called name, and takes away what is of no use: that room is to be free before
 * anybody counts it. A directory that was left has its files under their own names. */
static bool find_left(struct receiver *r, const char *name, const struct stat *there, struct stat *left)
{
	struct err ignored; /* what cannot be remembered is not kept */
	const struct rnode *n = r->now;
	char temp[TEMP_NAME_SIZE];
	int fd = n->fresh ? -1 : dir_fd(receiver_temp_dir(n));
	if (fd < 0)
		return false;
	receiver_temp_name(n, temp, name, strlen(name));
	if (n->adopted && there && is_ours(r, there) && renameat(fd, name, fd, temp) < 0)
		return false;
	if (fstatat(fd, temp, left, AT_SYMLINK_NOFOLLOW) < 0)
		return false; /* there is none, nearly always */
	if (r->job->bases && is_ours(r, left) && left->st_size >= HASH_CHUNK &&
	    !(r->need_seen && nameset_add(r->seen, temp, strlen(temp), &ignored) < 0))
		return true;
	(void)unlinkat(fd, temp, 0);
	return false;
}

static bool is_worth(const struct receiver *r, const struct stat *old, uint64_t size)
{
	return r->job->bases && r->job->deltas && old && S_ISREG(old->st_mode) && old->st_size >= OLD_LEAST &&
	       (uint64_t)old->st_size >= size / OLD_SHARE && delta_block_size((uint64_t)old->st_size);
}

int base_find(struct receiver *r, struct wanted *w, const struct stat *there)
{
	struct stat left;
	struct err ignored;
	char temp[TEMP_NAME_SIZE];
	receiver_temp_name(r->now, temp, w->name, strlen(w->name));
	int code = commit_clear(r, r->now, temp, &ignored);
	if (code < 0)
		return code;
	bool have_left = find_left(r, w->name, there, &left);
	bool have_old = !r->now->adopted && is_worth(r, there, w->item.size);
	if (!have_left && !have_old)
		return 0;
	struct base *b = calloc(1, sizeof *b);
	if (!b)
		return -ENOMEM;
	*b = (struct base){ .seq = w->seq, .left = have_left };
	if (have_old) {
		b->old = *there;
		b->have_old = true;
	}
	if (have_left) {
		uint64_t had = (uint64_t)left.st_blocks * 512;
		w->need -= had < w->need ? had : w->need;
	}
	w->base = b;
	*r->base_end = b;
	r->base_end = &b->next;
	return 0;
}

int base_open_left(struct receiver *r, const struct wanted *w)
{
	struct stat st;
	char temp[TEMP_NAME_SIZE];
	int dir = dir_fd(receiver_temp_dir(w->node));
	if (dir < 0)
		return dir;
	receiver_temp_name(w->node, temp, w->name, strlen(w->name));
	int fd = openat(dir, temp, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int code = fd < 0 || fstat(fd, &st) < 0 ? -errno : is_ours(r, &st) ? 0 : -ESTALE;
	if (code < 0 && fd >= 0)
		close(fd);
	return code < 0 ? code : fd;
}

int base_open_old(const struct wanted *w)
{
	struct stat st;
	const struct stat *old = &w->base->old;
	int dir = dir_fd(w->node->dir);
	if (dir < 0)
		return dir;
	int fd = openat(dir, w->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int code = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;
	if (code == 0 &&
	    (st.st_dev != old->st_dev || st.st_ino != old->st_ino || st.st_size != old->st_size ||
	     st.st_mtim.tv_sec != old->st_mtim.tv_sec || st.st_mtim.tv_nsec != old->st_mtim.tv_nsec))
		code = -ESTALE;
	if (code < 0 && fd >= 0)
		close(fd);
	return code < 0 ? code : fd;
}

struct pool *receiver_base_pool(struct receiver *r, struct err *err)
{
	if (!r->base_pool)
		(void)pool_new(&r->base_pool, jobs_while_waited_for(r->o), err);
	return r->base_pool;
}

/* A chunk that is being read and signed, by a thread of the pool. */
struct signing {
	struct task task;
	int fd;
	uint64_t at, seed;
	uint32_t block; /* 0: it is hashed as one, being what was left of the file */
	size_t len;
	bool failed;   /* it is shorter, or cannot be read */
	uint8_t *data; /* HASH_CHUNK; NULL until it is needed */
	struct delta_block sum[HASH_CHUNK / DELTA_BLOCK_LEAST];
};

/* The signature of one file that is being made, a few chunks at a time. */
struct reading {
	struct receiver *r;
	struct pool *pool;
	struct buf *out;
	uint64_t seed;
	size_t slots;
	struct signing ring[CHUNKS];
};

static void sign_chunk(struct task *t, unsigned worker)
{
	struct signing *s = (struct signing *)t;
	(void)worker;
	ssize_t n = fd_read_at(s->fd, s->data, s->len, s->at);
	s->failed = n < 0 || (size_t)n < s->len;
	if (s->failed)
		return;
	if (!s->block)
		s->sum[0].strong = delta_hash(s->seed, s->data, s->len);
	for (size_t at = 0; s->block && at < s->len; at += s->block)
		s->sum[at / s->block] = delta_block_of(s->seed, s->data + at,
						       s->len - at < s->block ? s->len - at : s->block);
}

static int begin_signing(struct reading *k, struct signing *s, uint64_t size)
{
	s->task = (struct task){ .run = sign_chunk };
	s->seed = k->seed;
	s->len = size - s->at < HASH_CHUNK ? (size_t)(size - s->at) : HASH_CHUNK;
	if (!s->data && !(s->data = malloc(HASH_CHUNK)))
		return -ENOMEM;
	pool_submit(k->pool, &s->task);
	return 0;
}

/* 1: it failed, so what is there is of no use, and nothing is lost. */
static int take_signed(struct reading *k, struct signing *s)
{
	pool_wait(k->pool, &s->task);
	if (s->failed)
		return 1;
	if (!s->block)
		buf_u64(k->out, s->sum[0].strong);
	for (size_t i = 0; s->block && i * s->block < s->len; i++) {
		buf_u32(k->out, s->sum[i].weak);
		buf_u64(k->out, s->sum[i].strong);
	}
	return 0;
}

/* Signs size bytes of fd, in order. */
static int sign_all(struct reading *k, int fd, uint64_t size, uint32_t block, struct err *err)
{
	uint64_t begun = 0, taken = 0;
	int code = 0;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	for (;;) {
		while (code == 0 && begun * HASH_CHUNK < size && begun - taken < k->slots) {
			struct signing *s = &k->ring[begun % k->slots];
			s->fd = fd;
			s->at = begun * HASH_CHUNK;
			s->block = block;
			code = begin_signing(k, s, size);
			if (code < 0)
				err_set(err, code, "sums of what is here");
			begun += code == 0;
		}
		if (taken == begun)
			return code;
		int got = take_signed(k, &k->ring[taken++ % k->slots]);
		code = code == 0 ? got : code;
		if (code == 0)
			code = link_tick(k->r->job->link, err);
	}
}

/* What was left of the file: the hashes of its whole chunks. 1: none are offered. */
static int sign_left(struct reading *k, struct wanted *w, struct err *err)
{
	struct base *b = w->base;
	struct stat st;
	AUTO(fd_closep) int fd = b->left ? base_open_left(k->r, w) : -1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return 1;
	uint64_t size = (uint64_t)st.st_size < w->item.size ? (uint64_t)st.st_size : w->item.size;
	b->kept = size / HASH_CHUNK * HASH_CHUNK;
	if (b->kept / HASH_CHUNK > SIGNATURE_CHUNKS_MAX)
		b->kept = (uint64_t)SIGNATURE_CHUNKS_MAX * HASH_CHUNK;
	buf_varint(k->out, b->kept);
	return sign_all(k, fd, b->kept, 0, err);
}

static int sign_old(struct reading *k, struct wanted *w, struct err *err)
{
	struct base *b = w->base;
	AUTO(fd_closep) int fd = b->have_old ? base_open_old(w) : -1;
	if (fd < 0)
		return 1;
	uint64_t size = (uint64_t)b->old.st_size;
	uint32_t block = delta_block_size(size);
	buf_varint(k->out, size);
	buf_u32(k->out, block);
	return sign_all(k, fd, size, block, err);
}

/* Makes the payload: b->left and b->have_old say afterwards what it offers. */
static int sign(struct reading *k, struct wanted *w, struct err *err)
{
	struct base *b = w->base;
	buf_u64(k->out, k->seed);
	size_t mark = k->out->len;
	int code = sign_left(k, w, err);
	b->left = code == 0;
	if (code > 0) {
		b->kept = 0;
		k->out->len = mark;
		buf_varint(k->out, 0);
	}
	mark = k->out->len;
	if (code >= 0) {
		code = sign_old(k, w, err);
		b->have_old = code == 0;
	}
	if (code > 0) {
		k->out->len = mark;
		buf_varint(k->out, 0);
	}
	return code < 0		? code
	       : k->out->failed ? err_set(err, -ENOMEM, "%s: what of it is here", w->name)
				: 0;
}

static int send(struct receiver *r, const struct wanted *w, const struct buf *b, struct err *err)
{
	uint8_t *frame = malloc(FRAME_MAX);
	int code = frame ? 0 : err_set(err, -ENOMEM, "%s: what of it is here", w->name);
	for (size_t at = 0; code == 0 && at < b->len;) {
		size_t n = b->len - at < FRAME_MAX - 1 ? b->len - at : FRAME_MAX - 1;
		frame[0] = at + n < b->len;
		memcpy(frame + 1, b->data + at, n);
		code = link_send(r->job->link, FRAME_BASE, w->seq, frame, n + 1, err);
		at += n;
	}
	free(frame);
	return code;
}

/* getrandom came with 3.17. */
static int make_seed(uint64_t *seed)
{
	if (getrandom(seed, sizeof *seed, 0) == sizeof *seed)
		return 0;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, seed, sizeof *seed);
	fd_closep(&fd);
	return n == sizeof *seed ? 0 : -ENOSYS;
}

static int reading_new(struct reading **out, struct receiver *r, struct buf *to, struct err *err)
{
	struct pool *pool = receiver_base_pool(r, err);
	if (!pool)
		return err->code;
	struct reading *k = calloc(1, sizeof *k);
	int code = k ? make_seed(&k->seed) : -ENOMEM;
	*out = k;
	if (code < 0)
		return err_set(err, code, "sums of what is here");
	k->r = r;
	k->pool = pool;
	k->out = to;
	k->slots = pool_size(pool) > 1 ? CHUNKS : 1;
	return 0;
}

static void reading_free(struct reading *k)
{
	for (size_t i = 0; k && i < k->slots; i++)
		free(k->ring[i].data);
	free(k);
}

static int sign_first(struct receiver *r, struct err *err)
{
	struct base *b = r->base_first;
	b->is_signed = true;
	struct wanted *w = wanted_find(r, b->seq);
	CHECK(w && w->base == b);
	struct buf out;
	struct reading *k = NULL;
	buf_init(&out, SIGNATURE_BYTES_MAX);
	int code = reading_new(&k, r, &out, err);
	if (code == 0)
		code = sign(k, w, err);
	if (code == 0)
		code = send(r, w, &out, err);
	b->cost = out.len;
	r->base_out += b->cost;
	r->base_first = b->next;
	if (!r->base_first)
		r->base_end = &r->base_first;
	buf_fini(&out);
	reading_free(k);
	return code;
}

int base_sign_some(struct receiver *r, struct err *err)
{
	bool any = false;
	int code = 0;
	while (code == 0 && r->base_first && r->base_out < SIGNATURES_OUT) {
		code = sign_first(r, err);
		any = true;
	}
	return code == 0 && any ? link_flush(r->job->link, err) : code;
}
