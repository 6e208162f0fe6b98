/* adapt.h - how much to compress: found out by trying, for what is sent on one link.
 *
 * Time is lost in two places: in waiting for the link to take what was written, and in compressing. While waiting is a
 * good part of it, the next level is tried; while the link takes everything and compressing is more than waiting, the
 * one below. A trial is kept when it pays: a higher level must make the uncompressed bytes go faster (a receiver that
 * is slow makes us wait, too, and gains nothing), a lower one must not make them slower. One that failed is not repeated
 * soon. Data that a sample shows to be incompressible goes as it is, and so, untried, do some frames behind it.
 *
 * Pure: no clock, no zstd, no allocation. A plain value, one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADAPT_SAMPLED = 32 * 1024 };	  /* shorter frames say nothing about those that follow */
#define ADAPT_WINDOW UINT64_C(200000000)  /* nanoseconds that a level is given at least, and */
#define ADAPT_BYTES UINT64_C(524288)	  /* bytes, before it is judged */
#define ADAPT_CALM UINT64_C(16777216)	  /* sent without waiting: more than the buffers on the way hold */
#define ADAPT_CALM_NS UINT64_C(400000000) /* or so long; then less is tried, if it costs anything */

/* What happened to one frame. */
struct adapt_frame {
	size_t bytes, sent; /* of the payload, before and after; the same when it was not compressed */
	bool tried;
	uint64_t pack_ns, wait_ns; /* in compressing; in waiting for the link since the last frame */
};

struct adapt {
	unsigned step;		/* index of the level */
	int trial;		/* +1, -1: this level is on trial; 0: it stands */
	int next;		/* the direction of the next trial while we wait */
	double before;		/* bytes per second at the level that the trial would replace */
	unsigned hold, backoff; /* windows until the next trial */
	unsigned misses, skip;	/* incompressible frames in a row; frames that are not tried */
	uint64_t calm, calm_ns; /* sent, and passed, since the link was waited for */
	struct adapt_frame sum; /* of this window */
	uint64_t began;		/* the window; 0: not yet */
};

void adapt_init(struct adapt *a);
/* zstd's level for the next frame; 0: as it is. */
int adapt_level(struct adapt *a);
/* Learns from a frame. now: nanoseconds. */
void adapt_note(struct adapt *a, const struct adapt_frame *f, uint64_t now);
