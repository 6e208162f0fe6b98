/* clock.h - time: monotonic for durations and limits, wall time only for people and logs. Any thread. */
#pragma once
#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND UINT64_C(1000000000)
enum { CLOCK_TEXT = 40 };

/* Nanoseconds since some moment before the program began; never goes back. */
uint64_t clock_now(void);

/* RFC 3339 in UTC with milliseconds: "2026-11-22T23:54:21.123Z". Returns out. A moment outside the years
 * 0000 to 9999 has no such form: the nearest one that has is written. */
char *clock_format(char out[static CLOCK_TEXT], struct timespec at);

/* The same for this moment. */
char *clock_text(char out[static CLOCK_TEXT]);
