#include "xfer/codec/adapt.h"

enum { SKIP_MOST = 8, BACKOFF_MOST = 64 };

/* each about twice to three times as dear as the one before */
static const int levels[] = { 0, 1, 3, 6, 9 };
enum { STEPS = sizeof levels / sizeof *levels };

void adapt_init(struct adapt *a)
{
	/* a short run over a slow link is over before anything was learned: it begins compressed */
	*a = (struct adapt){ .step = 1, .next = 1, .backoff = 1 };
}

int adapt_level(struct adapt *a)
{
	if (a->skip) {
		a->skip--;
		return 0;
	}
	return levels[a->step];
}

static void learn_content(struct adapt *a, const struct adapt_frame *f)
{
	if (!f->tried || f->bytes < ADAPT_SAMPLED)
		return;
	if (f->sent < f->bytes) {
		a->misses = 0;
		return;
	}
	a->skip = a->misses < 3 ? 1u << a->misses : SKIP_MOST;
	a->misses++;
}

static void try_step(struct adapt *a, int direction, double speed)
{
	a->step = direction > 0 ? a->step + 1 : a->step - 1;
	a->trial = direction;
	a->before = speed;
}

/* The window of a trial has ended. */
static void judge_trial(struct adapt *a, double speed)
{
	bool good = speed >= a->before * (a->trial > 0 ? 1.05 : 0.95);
	if (good) {
		a->backoff = 1;
		a->next = a->trial;
	} else {
		a->step = a->trial > 0 ? a->step - 1 : a->step + 1;
		a->backoff = a->backoff < BACKOFF_MOST ? 2 * a->backoff : BACKOFF_MOST;
		a->hold = a->backoff;
		a->next = -a->trial;
	}
	a->trial = 0;
}

static void consider(struct adapt *a, double speed, uint64_t elapsed)
{
	bool waits = a->sum.wait_ns >= elapsed / 4;
	a->calm = waits ? 0 : a->calm + a->sum.sent;
	a->calm_ns = waits ? 0 : a->calm_ns + elapsed;
	if (a->hold) {
		a->hold--;
		return;
	}
	if (waits) {
		bool can = a->next > 0 ? a->step + 1 < STEPS : a->step > 0;
		if (can)
			try_step(a, a->next, speed);
		else
			a->next = -a->next;
	} else if (a->step && a->sum.pack_ns >= elapsed / 8 &&
		   (a->calm >= ADAPT_CALM || a->calm_ns >= ADAPT_CALM_NS)) {
		a->calm = a->calm_ns = 0;
		try_step(a, -1, speed);
	}
}

void adapt_note(struct adapt *a, const struct adapt_frame *f, uint64_t now)
{
	learn_content(a, f);
	if (!a->began)
		a->began = now - f->pack_ns;
	a->sum.bytes += f->bytes;
	a->sum.sent += f->sent;
	a->sum.pack_ns += f->pack_ns;
	a->sum.wait_ns += f->wait_ns;
	uint64_t elapsed = now - a->began;
	if (elapsed < ADAPT_WINDOW || a->sum.bytes < ADAPT_BYTES)
		return;
	/* what the buffers on the way take at once says nothing about less compression */
	if (a->trial < 0 && a->sum.wait_ns < elapsed / 4 && a->sum.sent < ADAPT_CALM)
		return;
	double speed = (double)a->sum.bytes / (double)elapsed;
	if (a->trial)
		judge_trial(a, speed);
	else
		consider(a, speed, elapsed);
	a->sum = (struct adapt_frame){ 0 };
	a->began = now;
}
