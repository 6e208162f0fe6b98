/* event.h - progress as data: JSON, one object a line, each line written whole.
 *
 *   event_begin(e, "progress");
 *   event_text(e, "phase", "transfer");
 *   event_open(e, "items");  event_u64(e, "total", 12);  event_close(e);
 *   event_end(e);
 *   => {"event":"progress","time":"2026-11-22T23:54:21.123Z","phase":"transfer","items":{"total":12}}
 *
 * Strings are bytes from anywhere, and every line is valid JSON in valid UTF-8 all the same. Controls and
 * what reorders a line (utf8_is_shown) are \u escapes. A byte that is not UTF-8 is shown as U+FFFD, and the
 * value is followed by a second member, "KEY_bytes", with all its bytes in hexadecimal:
 *   "item":"caf\ufffd","item_bytes":"636166e9"
 * So the bytes are KEY_bytes where that is there, else the UTF-8 of KEY; nothing is ambiguous. (Lone
 * surrogates, as Python's surrogateescape has them, would be shorter, but jq turns them into U+FFFD without
 * a word, and PostgreSQL and Rust refuse the line.) A string directly in an array has no key, hence no second
 * member: put names in objects there.
 *
 * Numbers do not depend on the locale. A double that JSON cannot say (NaN, infinite) is null.
 * Keys are ours, plain ASCII; inside of an array they are NULL. Wrong nesting is our bug and aborts.
 * The descriptor is borrowed. One owner; not shared between threads. */
#pragma once
#include "xfer/base/line.h"

enum { EVENT_DEPTH = 32 };

struct event {
	struct line line;
	unsigned depth;	 /* open objects and arrays */
	uint32_t arrays; /* bit n: what was opened at depth n is an array */
	bool first;	 /* no comma before the next member */
};

void event_init(struct event *e, int fd);
void event_fini(struct event *e);

void event_begin(struct event *e, const char *name);
/* Writes the line. 0 or -errno; see line_end. */
int event_end(struct event *e);

void event_open(struct event *e, const char *key); /* an object */
void event_open_array(struct event *e, const char *key);
void event_close(struct event *e); /* whichever was opened last */

void event_u64(struct event *e, const char *key, uint64_t v);
void event_i64(struct event *e, const char *key, int64_t v);
void event_double(struct event *e, const char *key, double v);
void event_bool(struct event *e, const char *key, bool v);
void event_null(struct event *e, const char *key);
void event_text(struct event *e, const char *key, const char *s);		/* s may be NULL: null */
void event_string(struct event *e, const char *key, const void *p, size_t len); /* any bytes */
void event_hex(struct event *e, const char *key, const void *p, size_t len);	/* "00ff..." */
