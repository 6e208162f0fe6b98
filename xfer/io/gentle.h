/* gentle.h - how a run on a server that has customers gives way to them (--nice).
 *
 * The processor and the disk: gentle_begin. The page cache: of what is read, only the pages that this run brought in are
 * dropped again; of what is written, all are, once they are clean. Pressure: while the host's tasks wait for disk or memory
 * (PSI), the run pauses; not for ever, because its own writing makes others wait, too.
 * No state but what the caller holds; any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Idle I/O class and the lowest priority, for this thread and those that it starts from now on. */
void gentle_begin(void);

enum { GENTLE_PAGES = 256 }; /* of 4 KiB, for the 1 MiB that are read at once */

/* What the cache held of [at, at + len) before it was read. */
struct gentle_pages {
	uint64_t at;
	size_t count; /* 0: leave all */
	unsigned char there[GENTLE_PAGES];
};

/* Before reading: at is a multiple of the page size, len at most 1 MiB. Where the kernel does not tell, all counts as there. */
void gentle_look(struct gentle_pages *out, int fd, uint64_t at, size_t len);
/* After reading. */
void gentle_drop_read(const struct gentle_pages *p, int fd);

/* After writing: the disk may begin with it. */
void gentle_wrote(int fd, uint64_t at, uint64_t len);
/* Waits until it is clean and drops it. len 0: to the end. */
void gentle_drop_written(int fd, uint64_t at, uint64_t len);

/* "some avg10" of PSI: for how much of the last ten seconds a task stood waiting, in hundredths of a per cent. */
struct gentle_load {
	unsigned io, memory;
};

/* The number behind "some avg10=" in the text of a file of /proc/pressure. -EINVAL when there is none. */
int gentle_parse_load(unsigned *out, const char *text);
/* From the files io and memory of the folder; what cannot be read is 0: an old kernel knows no pressure. */
void gentle_read_load(struct gentle_load *out, const char *folder);

/* Begins with zeros. */
struct gentle_pause {
	bool pausing, looked;
	uint64_t looked_at, since; /* since: the pause began, or the last one ended */
};

/* Should the run pause, now that the load is this? Pauses above the upper bounds until below the lower ones, for
 * GENTLE_PAUSE_MOST at a stretch, and works for as long at least before the next. Pure. now: clock_now. */
bool gentle_decide(struct gentle_pause *s, uint64_t now, const struct gentle_load *load);
/* The same, with the host's load, looked at once a second at most. */
bool gentle_is_due(struct gentle_pause *s, uint64_t now);

#define GENTLE_PAUSE_MOST (5 * UINT64_C(1000000000))
