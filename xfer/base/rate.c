#include "xfer/base/rate.h"

#include "xfer/base/clock.h"
#include "xfer/base/err.h"

/* a * b / c without overflow; what does not fit is cut */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	__extension__ typedef unsigned __int128 wide;
	wide v = (wide)a * b / c;
	return v > UINT64_MAX ? UINT64_MAX : (uint64_t)v;
}

static uint64_t least_one(uint64_t v)
{
	return v ? v : 1;
}

static uint64_t slice(const struct rate *r)
{
	return least_one(scale(r->per_s, RATE_SLICE, CLOCK_SECOND));
}

static uint64_t bucket(const struct rate *r)
{
	return least_one(scale(r->per_s, RATE_BUCKET, CLOCK_SECOND));
}

static void gather(struct rate *r, uint64_t now)
{
	uint64_t more = scale(now - r->at, r->per_s, CLOCK_SECOND);
	if (!more) /* too short for a byte: the time counts next time */
		return;
	if (more >= bucket(r) - r->have) {
		r->have = bucket(r);
		r->at = now;
		return;
	}
	r->have += more;
	/* the time that these bytes took, so that no fraction is lost */
	r->at += scale(more, CLOCK_SECOND, r->per_s);
}

void rate_set(struct rate *r, uint64_t per_s, uint64_t now)
{
	if (r->per_s)
		gather(r, now);
	*r = (struct rate){ .per_s = per_s, .have = r->have, .at = now };
	if (per_s && r->have > bucket(r))
		r->have = bucket(r);
}

size_t rate_room(struct rate *r, uint64_t now)
{
	if (!r->per_s)
		return SIZE_MAX;
	gather(r, now);
	return r->have < slice(r) ? 0 : (size_t)r->have;
}

void rate_take(struct rate *r, size_t bytes)
{
	if (!r->per_s)
		return;
	CHECK(bytes <= r->have);
	r->have -= bytes;
}

int rate_wait_ms(struct rate *r, uint64_t now)
{
	enum { MS = 1000000 };
	if (rate_room(r, now))
		return 0;
	uint64_t ready = r->at + scale(slice(r) - r->have, CLOCK_SECOND, r->per_s) + 1;
	return ready <= now ? 1 : (int)((ready - now + MS - 1) / MS);
}
