#include "scheduler/run/team.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "xfer/base/clock.h"

enum { GRACE_MS = 3000 };

int team_add(struct team *t, struct job *j, struct err *err)
{
	struct job *grown = reallocarray(t->at, t->count + 1, sizeof *grown);
	if (!grown) {
		strings_fini(&j->words);
		return err_set(err, -ENOMEM, "%s", j->name);
	}
	t->at = grown;
	t->at[t->count++] = *j;
	return 0;
}

void team_fini(struct team *t)
{
	for (size_t i = 0; i < t->count; i++) {
		child_free(t->at[i].child);
		strings_fini(&t->at[i].words);
	}
	free(t->at);
	t->at = NULL;
	t->count = t->next = 0;
}

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int start_words(struct team *t, struct job *j, struct err *err)
{
	const char **argv = calloc(j->words.count + 1, sizeof *argv);
	if (!argv)
		return err_set(err, -ENOMEM, "%s", j->name);
	memcpy(argv, j->words.at, j->words.count * sizeof *argv);
	struct child_spec spec = { .name = j->name,
				   .argv = argv,
				   .inherit_fd = t->lock,
				   .grace_ms = GRACE_MS,
				   .log_fd = t->log,
				   .hear = j->hear,
				   .arg = j->arg };
	int status = child_start(&j->child, &spec, err);
	free(argv);
	return status;
}

static void start(struct team *t, struct job *j)
{
	struct err err = { 0 };
	j->began_ms = now_ms();
	if (j->hook ? hook_start(&j->child, t->site, j->hook, &err) : start_words(t, j, &err))
		snprintf(j->cause, sizeof j->cause, "%s", err.text);
}

static bool runs(const struct job *j)
{
	return j->child && child_look(j->child)->running;
}

/* Takes down how those did that have ended. False: one has failed. */
static bool judge(struct team *t)
{
	bool good = true;
	for (size_t i = 0; i < t->next; i++) {
		struct job *j = &t->at[i];
		if (runs(j))
			continue;
		const struct child_news *n = j->child ? child_look(j->child) : NULL;
		j->ok = n && (child_succeeded(j->child) || (j->accepted && n->status == j->accepted));
		/* a hook that ends without its word may have been ended in the midst of its work */
		bool silent = j->ok && j->hook && !n->reported;
		j->ok = j->ok && !silent;
		if (!j->ok && n)
			snprintf(j->cause, sizeof j->cause, "%s",
				 silent ? "it ended without a report" : n->cause);
		good &= j->ok;
	}
	return good;
}

static size_t count_running(const struct team *t, struct child *out[static TEAM_AT_ONCE])
{
	size_t n = 0;
	for (size_t i = 0; i < t->next; i++)
		if (runs(&t->at[i]))
			out[n++] = t->at[i].child;
	return n;
}

static void end_all(struct team *t)
{
	for (size_t i = 0; i < t->next; i++)
		if (runs(&t->at[i]))
			child_stop(t->at[i].child, GRACE_MS);
	for (size_t i = 0; i < t->next; i++)
		if (runs(&t->at[i]))
			child_end(t->at[i].child, GRACE_MS);
	judge(t);
}

int team_run(struct team *t, int (*tick)(void *arg, struct team *t), void *arg)
{
	for (;;) {
		struct child *running[TEAM_AT_ONCE];
		size_t n = count_running(t, running);
		for (; n < TEAM_AT_ONCE && t->next < t->count; n = count_running(t, running))
			start(t, &t->at[t->next++]);
		bool good = judge(t) || t->goes_on;
		int said = good && n ? tick(arg, t) : 0;
		if (!good || !n || said) {
			end_all(t);
			return said;
		}
		child_wait(running, n, -1, TEAM_TICK_MS, NULL);
	}
}

bool team_succeeded(const struct team *t, char why[static STORE_TEXT])
{
	const struct job *bad = NULL;
	for (size_t i = 0; i < t->count; i++) {
		const struct job *j = &t->at[i];
		/* that others were told to end is not why it failed */
		if (!j->ok && (!bad || (j->child && child_look(j->child)->status < 128 && bad->child &&
					child_look(bad->child)->status >= 128)))
			bad = j;
	}
	why[0] = 0;
	if (bad)
		snprintf(why, STORE_TEXT, "%s%s%.300s: %s", bad->name, bad->item ? " " : "",
			 bad->item ? bad->item->value : "", bad->cause[0] ? bad->cause : "it was not begun");
	return !bad;
}

/* Of one that runs, or has not begun. */
static double job_left(const struct job *j)
{
	const struct child_news *n = j->child ? child_look(j->child) : NULL;
	if (!n)
		return j->cause[0] ? 0 : j->expected_s;
	if (!n->running)
		return 0;
	double for_s = (double)(clock_now() - n->began) / 1e9;
	if (n->fraction > 0.01 && n->total_bytes)
		return for_s * (1 - n->fraction) / n->fraction;
	return fmax(0, j->expected_s - for_s);
}

double team_left(const struct team *t)
{
	double left = 0;
	for (size_t i = 0; i < t->count; i++)
		left = fmax(left, job_left(&t->at[i]));
	return left;
}

double team_figure(const struct job *j, const char *group, const char *name)
{
	const json_t *report = j->child ? child_look(j->child)->report : NULL;
	const json_t *in = group ? json_object_get(report, group) : report;
	return json_number_value(json_object_get(in, name));
}

/* What it has proven, in a line. */
static void say_proof(char *out, size_t size, const struct job *j)
{
	const json_t *r = child_look(j->child)->report;
	const char *digest = json_string_value(json_object_get(r, "digest"));
	const char *peer = json_string_value(json_object_get(r, "peer_digest"));
	const char *proof = json_string_value(json_object_get(r, "proof"));
	double rows = team_figure(j, "rows", "target");
	int at = 0;
	if (json_object_get(r, "rows"))
		at = snprintf(out, size, "%.0f rows, ", rows);
	else if (json_object_get(r, "items"))
		at = snprintf(out, size, "%.0f items, ", team_figure(j, "items", "total"));
	if (digest && peer && !strcmp(digest, peer))
		snprintf(out + at, size - (size_t)at, "digest %s, equal at both ends, proven by %s", digest,
			 proof ? proof : "?");
	else if (at)
		out[at - 2] = 0;
}

void team_phase(struct store_phase *out, const struct job *j)
{
	*out = (struct store_phase){ .began_ms = j->began_ms, .ok = j->ok };
	snprintf(out->name, sizeof out->name, "%s", j->name);
	if (!j->ok)
		snprintf(out->detail, sizeof out->detail, "%.300s%s%s", j->item ? j->item->value : "",
			 j->item ? ": " : "", j->cause);
	if (!j->child)
		return;
	const struct child_news *n = child_look(j->child);
	out->seconds = (double)(n->ended - n->began) / 1e9;
	out->bytes = (int64_t)team_figure(j, "bytes", "sent");
	if (j->ok && n->report)
		say_proof(out->detail, sizeof out->detail, j);
}
