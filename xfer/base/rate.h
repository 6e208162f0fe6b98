/* rate.h - a token bucket: how many bytes may go now, so that no more go in a second than were allowed.
 *
 * Tokens gather while time passes, to at most what goes in RATE_BUCKET: after a silence there is no burst. It goes on in
 * slices of RATE_SLICE, so that the flow is smooth and yet does not cost a system call a byte. Pure: the caller brings
 * the time (nanoseconds, clock.h). A plain value, one owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define RATE_SLICE UINT64_C(50000000)	/* nanoseconds */
#define RATE_BUCKET UINT64_C(150000000) /* the same; more than a slice, because who waits is woken late */

struct rate {
	uint64_t per_s; /* bytes; 0: no limit */
	uint64_t have;	/* tokens, in bytes */
	uint64_t at;	/* when they were counted */
};

/* Sets another limit; what has gathered counts up to the new bucket. */
void rate_set(struct rate *r, uint64_t per_s, uint64_t now);
/* Bytes that may go now: SIZE_MAX without a limit, 0 until a slice of them has gathered. */
size_t rate_room(struct rate *r, uint64_t now);
/* So many have gone: no more than rate_room said. */
void rate_take(struct rate *r, size_t bytes);
/* Milliseconds, rounded up, until rate_room says more than 0; 0 when it does now. */
int rate_wait_ms(struct rate *r, uint64_t now);
