#include "xfer/codec/delta.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "xfer/base/err.h"

enum {
	WINDOW = 4 << 20, /* bytes held for the scan; more than three blocks of the largest size */
	FRESH_MOST = 1 << 20,
	COPY_MOST =
		8
		<< 20, /* what is found is not held back for longer: the other side has work to do with it */
	CREDIT_A_BYTE = 4, /* bytes that may be hashed for candidates, for each byte scanned */
	CREDIT_MOST = 64,  /* in blocks: what is saved up */
	CHAIN_MOST = 16,
	FILTER_BITS = 20,
	NO_BLOCK = -1,
};

struct delta {
	const struct delta_base *base;
	const struct delta_target *target;
	uint64_t count;
	uint32_t block;
	int32_t *slot; /* by weak sum: the first block that has it; NO_BLOCK */
	int32_t *same; /* the next block with an equal slot */
	size_t slots;
	uint8_t *filter; /* a bit for each weak sum's hash: says no at once, nearly always */

	uint8_t *window;
	size_t fresh_from, at,
		end;	 /* in the window: what is not in the base begins, the scan stands, bytes end */
	uint64_t expect; /* the block that comes next if the content goes on as in the base */
	uint32_t weak;
	bool rolling; /* weak is of [at, at + block) */
	int64_t credit;
	uint64_t copy_from, copy_len; /* matches that follow each other become one copy */
};

uint32_t delta_block_size(uint64_t base_size)
{
	uint64_t block = DELTA_BLOCK_LEAST;
	while (block < DELTA_BLOCK_MOST && block * block < base_size)
		block *= 2;
	return base_size / block >= DELTA_BLOCKS_MAX ? 0 : (uint32_t)block;
}

/* Two sums, as Adler's without a modulus: rolled by a few additions. Sixty-four bytes at a time the compiler makes it
 * three times as fast, and with AVX2, where there is that, eight times. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_THREAD__) && \
	!defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("avx2", "default")))
#endif
__attribute__((optimize("O3"))) static uint32_t
weak_of(const uint8_t *p, size_t len)
{
	enum { STEP = 64, BIAS = 31 };
	uint32_t a = 0, b = 0;
	size_t i = 0;
	for (; i + STEP <= len; i += STEP) {
		uint32_t sum = 0, weighted = 0;
		for (uint32_t j = 0; j < STEP; j++) {
			sum += p[i + j];
			weighted += (STEP - j) * p[i + j];
		}
		b += STEP * a + weighted + (uint32_t)BIAS * (STEP * (STEP + 1) / 2);
		a += sum + (uint32_t)BIAS * STEP;
	}
	for (; i < len; i++) {
		a += p[i] + (uint32_t)BIAS;
		b += a;
	}
	return (a & 0xffff) | b << 16;
}

uint64_t delta_hash(uint64_t seed, const void *data, size_t len)
{
	return XXH3_64bits_withSeed(data, len, seed);
}

struct delta_block delta_block_of(uint64_t seed, const void *data, size_t len)
{
	return (struct delta_block){ .strong = delta_hash(seed, data, len), .weak = weak_of(data, len) };
}

static uint32_t spread(uint32_t weak)
{
	return weak * UINT32_C(0x9e3779b1);
}

static size_t slot_of(const struct delta *d, uint32_t weak)
{
	return (spread(weak) >> 8) & (d->slots - 1);
}

static bool may_be_there(const uint8_t *filter, uint32_t weak)
{
	uint32_t bit = spread(weak) >> (32 - FILTER_BITS);
	return filter[bit >> 3] >> (bit & 7) & 1;
}

/* Blocks of equal content are entered once: a file of zeros has one candidate and not a hundred thousand. */
static void enter_blocks(struct delta *d)
{
	const struct delta_block *blocks = d->base->blocks;
	for (size_t i = 0; i < d->slots; i++)
		d->slot[i] = NO_BLOCK;
	for (uint64_t k = d->base->size / d->block;
	     k-- > 0;) { /* a short one is only looked for at the end */
		int32_t *head = &d->slot[slot_of(d, blocks[k].weak)];
		int32_t c = *head;
		int length = 0;
		for (; c != NO_BLOCK && blocks[c].strong != blocks[k].strong && length < CHAIN_MOST; length++)
			c = d->same[c];
		if (c != NO_BLOCK)
			continue; /* there already; or a crowd that only somebody who means harm makes */
		d->same[k] = *head;
		*head = (int32_t)k;
		uint32_t bit = spread(blocks[k].weak) >> (32 - FILTER_BITS);
		d->filter[bit >> 3] |= (uint8_t)(1 << (bit & 7));
	}
}

int delta_new(struct delta **out, const struct delta_base *base, const struct delta_target *target)
{
	CHECK(base->block >= 1 && base->block <= DELTA_BLOCK_MOST);
	struct delta *d = calloc(1, sizeof *d);
	if (!d)
		return -ENOMEM;
	*d = (struct delta){ .base = base, .target = target, .block = base->block };
	d->count = base->size / d->block + (base->size % d->block != 0);
	CHECK(d->count <= DELTA_BLOCKS_MAX);
	for (d->slots = 1024; d->slots < d->count * 2;)
		d->slots *= 2;
	d->slot = malloc(d->slots * sizeof *d->slot);
	d->same = malloc((d->count + 1) * sizeof *d->same);
	d->filter = calloc(1, 1 << (FILTER_BITS - 3));
	d->window = malloc(WINDOW);
	if (!d->slot || !d->same || !d->filter || !d->window) {
		delta_free(d);
		return -ENOMEM;
	}
	enter_blocks(d);
	*out = d;
	return 0;
}

void delta_free(struct delta *d)
{
	if (!d)
		return;
	free(d->slot);
	free(d->same);
	free(d->filter);
	free(d->window);
	free(d);
}

static int flush_copy(struct delta *d)
{
	uint64_t n = d->copy_len;
	d->copy_len = 0;
	return n ? d->target->copy(d->target->ctx, d->copy_from, n) : 0;
}

/* Hands over what stands before the scan as new. */
static int flush_fresh(struct delta *d, size_t until)
{
	int r = d->fresh_from < until ? flush_copy(d) : 0;
	while (r == 0 && d->fresh_from < until) {
		size_t n = until - d->fresh_from < FRESH_MOST ? until - d->fresh_from : FRESH_MOST;
		r = d->target->fresh(d->target->ctx, d->window + d->fresh_from, n);
		d->fresh_from += n;
	}
	return r;
}

/* Block k of the base, or its beginning, comes next. */
static int add_copy(struct delta *d, uint64_t k, size_t len)
{
	int r = 0;
	uint64_t from = k * d->block;
	if (d->copy_len && d->copy_from + d->copy_len != from)
		r = flush_copy(d);
	if (!d->copy_len)
		d->copy_from = from;
	d->copy_len += len;
	d->expect = k + 1;
	return r == 0 && d->copy_len >= COPY_MOST ? flush_copy(d) : r;
}

static int take_match(struct delta *d, uint64_t k, size_t len)
{
	int r = flush_fresh(d, d->at);
	d->at += len;
	d->fresh_from = d->at;
	d->rolling = false;
	return r == 0 ? add_copy(d, k, len) : r;
}

/* Is the whole block k of the base what stands at p? */
static bool is_block(const struct delta *d, uint64_t k, const uint8_t *p)
{
	return k < d->base->size / d->block &&
	       d->base->blocks[k].strong == XXH3_64bits_withSeed(p, d->block, d->base->seed);
}

/* A block somewhere in the base that has the content at the scan; NO_BLOCK. */
static int32_t look_up(struct delta *d)
{
	if (!may_be_there(d->filter, d->weak))
		return NO_BLOCK;
	for (int32_t c = d->slot[slot_of(d, d->weak)]; c != NO_BLOCK; c = d->same[c]) {
		if (d->base->blocks[c].weak != d->weak)
			continue;
		if (d->credit < (int64_t)d->block)
			return NO_BLOCK;
		d->credit -= d->block;
		if (is_block(d, (uint64_t)c, d->window + d->at))
			return c;
	}
	return NO_BLOCK;
}

/* Moves the scan on, byte by byte, until a weak sum may be one of the base's, need bytes are not left, or there is no byte to roll. */
static void roll(struct delta *d, size_t need)
{
	const uint8_t *p = d->window, *filter = d->filter;
	uint32_t a = d->weak & 0xffff, b = d->weak >> 16, block = d->block, weak = d->weak;
	size_t at = d->at;
	do {
		a += (uint32_t)p[at + block] - p[at];
		b += a - block * (p[at] + 31u);
		weak = (a & 0xffff) | b << 16;
		at++;
	} while (d->end - at >= need && d->end - at > block && !may_be_there(filter, weak));
	int64_t most = (int64_t)block * CREDIT_MOST;
	d->credit += (int64_t)(at - d->at) * CREDIT_A_BYTE;
	d->credit = d->credit < most ? d->credit : most;
	d->weak = weak;
	d->at = at;
}

/* At the start of something: the content goes on as in the base, as long as it does. */
static int take_expected(struct delta *d)
{
	int r = 0;
	while (r == 0 && !d->rolling && d->end - d->at >= d->block &&
	       is_block(d, d->expect, d->window + d->at))
		r = take_match(d, d->expect, d->block);
	return r;
}

/* It does not: but perhaps again after one changed block, which is stepped over. */
static bool step_over(struct delta *d)
{
	size_t next = d->at + d->block;
	if (d->end - d->at < 2 * (size_t)d->block || !is_block(d, d->expect + 1, d->window + next))
		return false;
	d->at = next; /* new, and nothing need be rolled over */
	d->expect++;
	return true;
}

/* Scans while need bytes stand in the window, and what is expected as long as a block does. */
static int scan(struct delta *d, size_t need)
{
	int r;
	while ((r = take_expected(d)) == 0 && d->end - d->at >= need) {
		if (!d->rolling) {
			d->credit += (int64_t)d->block * CREDIT_A_BYTE;
			if (step_over(d))
				continue;
			d->weak = weak_of(d->window + d->at, d->block);
			d->rolling = true;
		}
		int32_t k = look_up(d);
		if (k != NO_BLOCK)
			r = take_match(d, (uint64_t)k, d->block);
		else if (d->end - d->at == d->block)
			break; /* one byte more is needed to roll */
		else
			roll(d, need);
		if (r < 0)
			break;
	}
	return r;
}

/* Makes room in the window: what was scanned leaves it. */
static int slide(struct delta *d)
{
	int r = flush_fresh(d, d->at);
	memmove(d->window, d->window + d->at, d->end - d->at);
	d->end -= d->at;
	d->at = d->fresh_from = 0;
	return r;
}

/* What goes on as in the base is looked at where it lies, once nothing waits in the window. Returns the bytes taken. */
static int take_in_place(size_t *taken, struct delta *d, const uint8_t *p, size_t len)
{
	int r = 0;
	size_t n = 0;
	while (r == 0 && d->at == d->end && len - n >= d->block && is_block(d, d->expect, p + n)) {
		r = flush_fresh(d, d->at);
		d->at = d->end = d->fresh_from = 0;
		n += d->block;
		r = r == 0 ? add_copy(d, d->expect, d->block) : r;
	}
	*taken = n;
	return r;
}

/* How much comes into the window at a time: only what decides about the next block, unless the scan rolls. */
static size_t portion(const struct delta *d)
{
	size_t held = d->end - d->at, block = d->block;
	return d->rolling || held > 2 * block ? WINDOW : held < block ? block - held : 2 * block + 1 - held;
}

int delta_feed(struct delta *d, const void *data, size_t len)
{
	const uint8_t *p = data;
	int r = 0;
	while (r == 0 && len) {
		size_t n;
		r = take_in_place(&n, d, p, len);
		p += n;
		len -= n;
		if (r == 0 && d->end == WINDOW)
			r = slide(d);
		n = portion(d);
		n = n < len ? n : len;
		n = n < WINDOW - d->end ? n : WINDOW - d->end;
		memcpy(d->window + d->end, p, n);
		d->end += n;
		p += n;
		len -= n;
		if (r == 0)
			r = scan(d, 2 * (size_t)d->block + 1);
	}
	return r;
}

int delta_end(struct delta *d)
{
	int r = scan(d, d->block);
	size_t left = d->end - d->at, tail = (size_t)(d->base->size % d->block);
	/* the short block at the end of the base, at the end of the new content */
	if (r == 0 && tail && left >= tail && left - tail <= d->block) {
		size_t at = d->end - tail;
		if (d->base->blocks[d->count - 1].strong ==
		    XXH3_64bits_withSeed(d->window + at, tail, d->base->seed)) {
			d->at = at;
			r = take_match(d, d->count - 1, tail);
		}
	}
	if (r == 0)
		r = flush_fresh(d, d->end);
	d->fresh_from = d->at = d->end = 0;
	d->rolling = false;
	return r < 0 ? r : flush_copy(d);
}

void delta_seek(struct delta *d, uint64_t offset)
{
	CHECK(d->end == 0);
	d->expect = offset / d->block;
}
