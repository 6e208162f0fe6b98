/* figure.h - numbers as people read them. Values, so that they may stand in printf's arguments:
 * printf("%s", figure_count(n).text). Pure; the locale plays no part. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct figure {
	char text[40];
};

struct figure figure_count(uint64_t v);		    /* "77,591" */
struct figure figure_units(uint64_t v);		    /* "999", "77.59k": by thousands, as rsync's -h */
struct figure figure_bytes(uint64_t v, bool human); /* "77,591 bytes"; human: "77.59kB" */
struct figure figure_clock(uint64_t seconds);	    /* "0:01:09"; "9 days" from 100 hours on */
struct figure figure_seconds(double v);		    /* "0.02 s", "12.3 s", "4 min 05 s", "3 h 20 min" */
