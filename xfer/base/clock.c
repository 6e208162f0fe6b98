#include "xfer/base/clock.h"

#include <stdio.h>

#include "xfer/base/err.h"

static const time_t YEAR_0000 = -62167219200, YEAR_9999_END = 253402300799;

uint64_t clock_now(void)
{
	struct timespec t;
	CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

char *clock_format(char out[static CLOCK_TEXT], struct timespec at)
{
	struct tm tm;
	if (at.tv_sec < YEAR_0000)
		at = (struct timespec){ .tv_sec = YEAR_0000 };
	if (at.tv_sec > YEAR_9999_END)
		at = (struct timespec){ .tv_sec = YEAR_9999_END, .tv_nsec = 999999999 };
	CHECK(gmtime_r(&at.tv_sec, &tm));
	/* not strftime: its %Y does not pad */
	snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_mon % 12 + 1,
		 (unsigned)tm.tm_mday % 32, (unsigned)tm.tm_hour % 24, (unsigned)tm.tm_min % 60,
		 (unsigned)tm.tm_sec % 61, (unsigned)(at.tv_nsec / 1000000) % 1000);
	return out;
}

char *clock_text(char out[static CLOCK_TEXT])
{
	struct timespec t;
	CHECK(clock_gettime(CLOCK_REALTIME, &t) == 0);
	return clock_format(out, t);
}
