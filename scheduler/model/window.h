/* window.h - how long an account will be down: the promise that is made before the button is pressed, part by part, with where
 * each part comes from; and, while a cutover runs, whether the promise is still kept.
 *
 * Times are seconds, volumes bytes, rates seconds per 10^9 bytes. Pure: no clock, no store, cannot fail. Any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum window_engine { ENGINE_MARIADB, ENGINE_POSTGRESQL, ENGINES };

enum window_step {
	WINDOW_FREEZE,
	WINDOW_FILES, /* the final pass over files and mail */
	WINDOW_MARIADB,
	WINDOW_POSTGRESQL,
	WINDOW_SCAN,
	WINDOW_VERIFY,
	WINDOW_SWITCH,
	WINDOW_THAW,
	WINDOW_STEPS
};

enum window_from {
	FROM_NOTHING, /* there is nothing to be done */
	FROM_RULE, /* 60 seconds per 10^9 bytes of databases, or what the configuration says: nothing was measured yet */
	FROM_MEASURED,	/* the 90th percentile of so many times that this took */
	FROM_PRECOPY,	/* the last pass that copied ahead */
	FROM_REHEARSED, /* the same of rehearsals: between these servers nothing was measured yet */
};

/* Times that were measured. Borrowed. */
struct window_samples {
	const double *at;
	size_t count;
	bool rehearsed;
};

struct window_hook {
	struct window_samples taken;
	double rule; /* until something was measured */
};

struct window_input {
	struct window_hook freeze, switching, thaw;
	struct {
		bool known;	/* at least one pass came to its end */
		double seconds; /* that the last one took */
		double scan;	/* of those, for finding out what has changed */
	} precopy;
	double files_rule; /* for an account that was never copied ahead */
	struct {
		uint64_t bytes; /* data and indexes */
		struct window_samples
			rate; /* copies of this engine between this pair of servers, s/10^9 bytes */
		struct window_samples verify; /* the same for comparing them afterwards */
	} databases[ENGINES];
	double factor; /* of safety, at least 1 */
	double least;  /* on the way back: the outage of the way out; 0: none */
};

struct window_part {
	double seconds;
	double rate; /* s/10^9 bytes, where it is by volume; else 0 */
	enum window_from from;
	size_t samples; /* with FROM_MEASURED, FROM_REHEARSED */
};

struct window {
	struct window_part part[WINDOW_STEPS];
	double sum;    /* of the parts */
	double back;   /* the way back from the worst moment: switched back, and thawed */
	double total;  /* the promise, in whole seconds: the sum times the factor, and the way back */
	bool by_least; /* it is the first outage that makes it so long */
};

/* A rule of the procedure: a minute per gigabyte. */
#define WINDOW_RULE_RATE 60.0
/* Comparing costs at most so much of copying, until it was measured. */
#define WINDOW_RULE_VERIFY 0.5

void window_estimate(struct window *out, const struct window_input *in);
/* The value that at least so many of 100 samples do not exceed (nearest rank). There is at least one sample; their order does not
 * matter. */
double window_percentile(const struct window_samples *s, unsigned percent);
/* One word: "files". */
const char *window_step_name(enum window_step s);

/* A cutover under way, before its point of no return; seconds since it began. */
struct window_run {
	double window; /* the promise, with what support has added to it */
	double now;
	double left;   /* what the steps that are left are expected to take; a NaN: nobody knows */
	double back;   /* what it takes to be thawed where it came from: the way back */
	double beyond; /* for how long it has been expected to end too late, without a break; 0: it is not */
};

enum window_verdict {
	WINDOW_KEPT,
	WINDOW_WARN, /* four fifths are over, or it is expected to end too late */
	WINDOW_LOST, /* to be rolled back now */
};

/* Asked as long as it has not ended, whatever is left by then. What is left has to end before the deadline less what the way back takes, so that at every moment either way ends in time. An
 * expectation is only that: a cutover is not given up for what was expected for a moment, but for what was for a twentieth of the
 * window; and at the last moment from which there is a way back in time, if it has not ended by then. */
enum window_verdict window_judge(const struct window_run *r);
/* Is it expected to end too late? Who asks keeps since when, for `beyond`. */
bool window_is_beyond(const struct window_run *r);
/* The next moment at which window_judge says something else although nothing else changes; INFINITY: none. */
double window_next(const struct window_run *r);
