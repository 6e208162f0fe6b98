#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "xfer/base/fd.h"
#include "xfer/tree/receiver_impl.h"
#include "xfer/tree/signature.h"

enum {
	OLD_LEAST = 16 * 1024, /* below that an old version is not worth a look */
	OLD_SHARE = 32,	       /* nor when it is so many times smaller than the new one */
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
	int fd = n->fresh ? -1 : dir_fd(n->dir);
	if (fd < 0)
		return false;
	temp_name(temp, name, strlen(name));
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
	temp_name(temp, w->name, strlen(w->name));
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
	int dir = dir_fd(w->node->dir);
	if (dir < 0)
		return dir;
	temp_name(temp, w->name, strlen(w->name));
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

/* Reads size bytes of fd in chunks and gives each to put. A file that ends before is offered as far as it goes: *size. */
struct reading {
	struct receiver *r;
	struct buf *out;
	uint64_t seed;
	uint32_t block;
	void *chunk;
};

static void put_kept(struct reading *k, const uint8_t *data, size_t n)
{
	buf_u64(k->out, delta_hash(k->seed, data, n));
}

static void put_blocks(struct reading *k, const uint8_t *data, size_t n)
{
	for (size_t at = 0; at < n; at += k->block) {
		struct delta_block b = delta_block_of(k->seed, data + at,
						      n - at < k->block ? n - at : k->block);
		buf_u32(k->out, b.weak);
		buf_u64(k->out, b.strong);
	}
}

static int read_all(struct reading *k, int fd, uint64_t size,
		    void (*put)(struct reading *k, const uint8_t *data, size_t n), struct err *err)
{
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	for (uint64_t at = 0; at < size; at += HASH_CHUNK) {
		size_t want = size - at < HASH_CHUNK ? (size_t)(size - at) : HASH_CHUNK;
		ssize_t n = fd_read_at(fd, k->chunk, want, at);
		if (n < 0 || (size_t)n < want)
			return 1; /* of no use, and nothing is lost */
		put(k, k->chunk, want);
		int code = link_tick(k->r->job->link, err);
		if (code < 0)
			return code;
	}
	return 0;
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
	return read_all(k, fd, b->kept, put_kept, err);
}

static int sign_old(struct reading *k, struct wanted *w, struct err *err)
{
	struct base *b = w->base;
	AUTO(fd_closep) int fd = b->have_old ? base_open_old(w) : -1;
	if (fd < 0)
		return 1;
	uint64_t size = (uint64_t)b->old.st_size;
	k->block = delta_block_size(size);
	buf_varint(k->out, size);
	buf_u32(k->out, k->block);
	return read_all(k, fd, size, put_blocks, err);
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

static int sign_first(struct receiver *r, struct err *err)
{
	struct base *b = r->base_first;
	b->is_signed = true;
	struct wanted *w = wanted_find(r, b->seq);
	CHECK(w && w->base == b);
	struct buf out;
	buf_init(&out, SIGNATURE_BYTES_MAX);
	struct reading k = { .r = r, .out = &out, .chunk = malloc(HASH_CHUNK) };
	int code = k.chunk ? make_seed(&k.seed) : -ENOMEM;
	code = code < 0 ? err_set(err, code, "%s: what of it is here", w->name) : sign(&k, w, err);
	if (code == 0)
		code = send(r, w, &out, err);
	b->cost = out.len;
	r->base_out += b->cost;
	r->base_first = b->next;
	if (!r->base_first)
		r->base_end = &r->base_first;
	buf_fini(&out);
	free(k.chunk);
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
