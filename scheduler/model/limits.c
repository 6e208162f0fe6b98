#include "scheduler/model/limits.h"

#include <stdbool.h>
#include <string.h>

static bool runs_at(const struct limits_window *w, int64_t at)
{
	return w->start <= at && at < w->until;
}

static bool is_at(const struct limits_window *w, const char *server)
{
	return !strcmp(w->from, server) || !strcmp(w->to, server);
}

/* In either direction. */
static bool is_pair(const struct limits_window *a, const struct limits_window *b)
{
	return is_at(a, b->from) && is_at(a, b->to) && strcmp(b->from, b->to) != 0;
}

static bool is_full(unsigned limit, size_t others)
{
	return limit && others >= limit;
}

static enum limits_hit check_at(const struct limits *l, const struct limits_window *planned, size_t count,
				const struct limits_window *one, int64_t at)
{
	size_t all = 0, from = 0, to = 0, pair = 0;
	for (size_t i = 0; i < count; i++) {
		if (!runs_at(&planned[i], at))
			continue;
		all++;
		from += is_at(&planned[i], one->from);
		to += is_at(&planned[i], one->to);
		pair += is_pair(&planned[i], one);
	}
	if (is_full(l->all, all))
		return LIMIT_ALL;
	if (is_full(l->server, from) || is_full(l->server, to))
		return LIMIT_SERVER;
	return is_full(l->pair, pair) ? LIMIT_PAIR : LIMIT_NONE;
}

enum limits_hit limits_check(const struct limits *l, const struct limits_window *planned, size_t count,
			     const struct limits_window *one)
{
	/* there are most of them at a moment when one begins */
	enum limits_hit hit = check_at(l, planned, count, one, one->start);
	for (size_t i = 0; !hit && i < count; i++)
		if (runs_at(one, planned[i].start))
			hit = check_at(l, planned, count, one, planned[i].start);
	return hit;
}
