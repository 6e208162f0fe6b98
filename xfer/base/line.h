/* line.h - lines to a descriptor: built in a buffer, written whole, and never at the cost of the run.
 *
 * The first write error sticks: from then on what is written is thrown away, so a reader that left (or a
 * full log disk) neither ends the copy nor gets half a line later. That needs SIGPIPE ignored, which is
 * the program's business. The descriptor is borrowed. One owner. */
#pragma once
#include "xfer/base/buf.h"

enum { LINE_LIMIT = 16 << 20 };

struct line {
	struct buf text;
	size_t begun; /* where in text the line under construction starts */
	size_t hold;  /* finished lines are kept back until they are this many bytes; 0: none are */
	int fd;
	int error; /* 0 or -errno of the first write that failed */
};

void line_init(struct line *l, int fd, size_t hold);
/* Frees; flush first. */
void line_fini(struct line *l);

void line_add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The name as escape_name shows it, never shortened. */
void line_name(struct line *l, const char *name, size_t len);

/* The line is complete ("\n" included): writes it unless lines are held. 0, the sticky error, or -EMSGSIZE
 * when it was longer than LINE_LIMIT or than memory: then it was dropped, the ones after it are not. */
int line_end(struct line *l);
int line_flush(struct line *l);
