/* tell.h - what a command says, on standard output: to a person lines, to a program (--json) one JSON object a line.
 *
 * A record is told in one way for both: its keys and values are an object's members, or lines below its title. Of texts, and of whole
 * lines, nothing reaches a terminal that it would obey (escape.h). The first write that fails silences the rest, and tell_close
 * returns it. One owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/event.h"
#include "xfer/base/line.h"

struct tell {
	bool json;
	struct event event;
	struct line people;
};

void tell_open(struct tell *t, bool json);
/* 0 or -errno of the first write that failed. */
int tell_close(struct tell *t);

/* One line for a person; nothing with --json. */
void tell_line(struct tell *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* kind: the event. title: of the lines; NULL: there is none. A text that is "" and a moment that is 0 are no line; in JSON null. */
void tell_begin(struct tell *t, const char *kind, const char *title);
void tell_text(struct tell *t, const char *key, const char *value);
void tell_whole(struct tell *t, const char *key, int64_t value);
void tell_real(struct tell *t, const char *key, double value);
void tell_flag(struct tell *t, const char *key, bool value);
void tell_moment(struct tell *t, const char *key, int64_t at);
void tell_end(struct tell *t);

/* "2026-11-22T23:54:21Z"; "-" for 0. */
enum { TELL_MOMENT = 40 };
const char *tell_time(char out[static TELL_MOMENT], int64_t at);
/* Days since 1970 as a day; "unknown" for a negative one. */
const char *tell_day(char out[static TELL_MOMENT], int64_t days);
