#include "scheduler/model/window.h"

#include <math.h>

#include "xfer/base/err.h"

#define GIGABYTE 1e9
#define WARN_AT 0.8   /* of the window */
#define PATIENCE 0.05 /* the same */

/* How many of the samples are smaller, and how many are not larger. */
static bool has_rank(const struct window_samples *s, double value, size_t rank)
{
	size_t smaller = 0, same = 0;
	for (size_t i = 0; i < s->count; i++) {
		smaller += s->at[i] < value;
		same += s->at[i] == value;
	}
	return smaller < rank && rank <= smaller + same;
}

double window_percentile(const struct window_samples *s, unsigned percent)
{
	CHECK(s->count && percent && percent <= 100);
	size_t rank = (s->count * percent + 99) / 100;
	for (size_t i = 0; i < s->count; i++)
		if (has_rank(s, s->at[i], rank))
			return s->at[i];
	CHECK(false); /* a NaN among them */
	return 0;
}

static struct window_part measured(const struct window_samples *s, double rule)
{
	if (!s->count)
		return (struct window_part){ .seconds = rule, .from = FROM_RULE };
	return (struct window_part){ .seconds = window_percentile(s, 90),
				     .from = s->rehearsed ? FROM_REHEARSED : FROM_MEASURED,
				     .samples = s->count };
}

/* The same by volume. */
static struct window_part by_volume(const struct window_samples *s, double rule, uint64_t bytes)
{
	if (!bytes)
		return (struct window_part){ .from = FROM_NOTHING };
	struct window_part p = measured(s, rule);
	p.rate = p.seconds;
	p.seconds = p.rate * (double)bytes / GIGABYTE;
	return p;
}

static struct window_part verification(const struct window_input *in, const struct window_part *copies)
{
	struct window_part sum = { .from = FROM_NOTHING };
	for (size_t e = 0; e < ENGINES; e++) {
		struct window_part p = by_volume(&in->databases[e].verify,
						 copies[e].rate * WINDOW_RULE_VERIFY, in->databases[e].bytes);
		if (p.from == FROM_NOTHING)
			continue;
		/* what is said of both is what is known of the one that is known less */
		if (sum.from == FROM_NOTHING || p.samples < sum.samples)
			sum = (struct window_part){ sum.seconds, 0, p.from, p.samples };
		sum.seconds += p.seconds;
	}
	return sum;
}

static void estimate_files(struct window *out, const struct window_input *in)
{
	struct window_part *files = &out->part[WINDOW_FILES], *scan = &out->part[WINDOW_SCAN];
	if (in->precopy.known) {
		*files = (struct window_part){ .seconds = in->precopy.seconds, .from = FROM_PRECOPY };
		*scan = (struct window_part){ .seconds = in->precopy.scan, .from = FROM_PRECOPY };
		return;
	}
	*files = *scan = (struct window_part){ .seconds = in->files_rule, .from = FROM_RULE };
}

void window_estimate(struct window *out, const struct window_input *in)
{
	CHECK(in->factor >= 1);
	*out = (struct window){ 0 };
	out->part[WINDOW_FREEZE] = measured(&in->freeze.taken, in->freeze.rule);
	estimate_files(out, in);
	for (size_t e = 0; e < ENGINES; e++)
		out->part[WINDOW_MARIADB + e] = by_volume(&in->databases[e].rate, WINDOW_RULE_RATE,
							  in->databases[e].bytes);
	out->part[WINDOW_VERIFY] = verification(in, &out->part[WINDOW_MARIADB]);
	out->part[WINDOW_SWITCH] = measured(&in->switching.taken, in->switching.rule);
	out->part[WINDOW_THAW] = measured(&in->thaw.taken, in->thaw.rule);
	for (size_t i = 0; i < WINDOW_STEPS; i++)
		out->sum += out->part[i].seconds;
	out->back = out->part[WINDOW_SWITCH].seconds + out->part[WINDOW_THAW].seconds;
	double promise = out->sum * in->factor + out->back;
	out->by_least = in->least > promise;
	out->total = ceil(out->by_least ? in->least : promise);
}

const char *window_step_name(enum window_step s)
{
	static const char *const names[WINDOW_STEPS] = { "freeze", "files",  "mariadb", "postgresql",
							 "scan",   "verify", "switch",	"thaw" };
	CHECK(s < WINDOW_STEPS);
	return names[s];
}

bool window_is_beyond(const struct window_run *r)
{
	return !(r->now + r->left <= r->window - r->back);
}

enum window_verdict window_judge(const struct window_run *r)
{
	if (r->now >= r->window - r->back)
		return WINDOW_LOST;
	if (!window_is_beyond(r))
		return r->now >= WARN_AT * r->window ? WINDOW_WARN : WINDOW_KEPT;
	return r->beyond >= PATIENCE * r->window ? WINDOW_LOST : WINDOW_WARN;
}

double window_next(const struct window_run *r)
{
	double at[] = { WARN_AT * r->window, r->window - r->back,
			window_is_beyond(r) ? r->now - r->beyond + PATIENCE * r->window : INFINITY };
	double next = INFINITY;
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		if (at[i] > r->now && at[i] < next)
			next = at[i];
	return next;
}
