/* limits.h - how many cutovers may run at the same time: in all, at one server, between one pair of servers.
 *
 * Pure: no clock, no store, cannot fail. Any thread. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* 0: no limit */
struct limits {
	unsigned all, server, pair;
};

/* One cutover's window: [start, until), seconds since 1970. The names are borrowed. */
struct limits_window {
	const char *from, *to; /* servers */
	int64_t start, until;
};

enum limits_hit { LIMIT_NONE, LIMIT_ALL, LIMIT_SERVER, LIMIT_PAIR };

/* The limit that this one would break at some moment of its window, beside those that are planned already. */
enum limits_hit limits_check(const struct limits *l, const struct limits_window *planned, size_t count,
			     const struct limits_window *one);
