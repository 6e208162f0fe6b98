#include "xfer/io/gentle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xfer/base/clock.h"

enum { CACHESTAT = 451 }; /* the number of Linux 6.5's cachestat, everywhere; newer than our headers */
enum { PAUSE_IO = 4000, RESUME_IO = 2000, PAUSE_MEMORY = 1000, RESUME_MEMORY = 500 };

void gentle_begin(void)
{
	/* a host that allows neither still gets the rest */
	(void)setpriority(PRIO_PROCESS, 0, 19);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Pages of the range that are in the cache, by one call; -errno where the kernel has no such call. */
static long cached_pages(int fd, uint64_t at, size_t len)
{
	struct {
		uint64_t off, len;
	} range = { at, len };
	struct {
		uint64_t cache, dirty, writeback, evicted, recently_evicted;
	} found;
	return syscall(CACHESTAT, fd, &range, &found, 0) < 0 ? -errno : (long)found.cache;
}

void gentle_look(struct gentle_pages *out, int fd, uint64_t at, size_t len)
{
	size_t page = page_size();
	out->at = at;
	out->count = (len + page - 1) / page;
	if (!len || out->count > GENTLE_PAGES) {
		out->count = 0;
		return;
	}
	long cached = cached_pages(fd, at, len);
	if (cached == 0) {
		memset(out->there, 0, out->count);
		return;
	}
	if (cached >= (long)out->count || cached == -EPERM) {
		out->count = 0;
		return;
	}
	void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, (off_t)at);
	if (map == MAP_FAILED || mincore(map, len, out->there) < 0)
		out->count = 0;
	if (map != MAP_FAILED)
		munmap(map, len);
}

void gentle_drop_read(const struct gentle_pages *p, int fd)
{
	size_t page = page_size(), i = 0;
	while (i < p->count) {
		size_t begin = i;
		while (i < p->count && !(p->there[i] & 1))
			i++;
		if (i > begin)
			posix_fadvise(fd, (off_t)(p->at + begin * page), (off_t)((i - begin) * page),
				      POSIX_FADV_DONTNEED);
		else
			i++;
	}
}

void gentle_wrote(int fd, uint64_t at, uint64_t len)
{
	sync_file_range(fd, (off_t)at, (off_t)len, SYNC_FILE_RANGE_WRITE);
}

void gentle_drop_written(int fd, uint64_t at, uint64_t len)
{
	sync_file_range(fd, (off_t)at, (off_t)len,
			SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	posix_fadvise(fd, (off_t)at, (off_t)len, POSIX_FADV_DONTNEED);
}

int gentle_parse_load(unsigned *out, const char *text)
{
	static const char word[] = "some avg10=";
	const char *at = strstr(text, word);
	unsigned whole, hundredths;
	if (!at || sscanf(at + sizeof word - 1, "%3u.%2u", &whole, &hundredths) != 2 || whole > 100)
		return -EINVAL;
	*out = whole * 100 + hundredths;
	return 0;
}

static unsigned read_one(const char *folder, const char *name)
{
	char path[256], text[256];
	unsigned load = 0;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return gentle_parse_load(&load, text) < 0 ? 0 : load;
}

void gentle_read_load(struct gentle_load *out, const char *folder)
{
	*out = (struct gentle_load){ .io = read_one(folder, "io"), .memory = read_one(folder, "memory") };
}

bool gentle_decide(struct gentle_pause *s, uint64_t now, const struct gentle_load *load)
{
	bool high = load->io >= PAUSE_IO || load->memory >= PAUSE_MEMORY;
	bool low = load->io < RESUME_IO && load->memory < RESUME_MEMORY;
	bool long_enough = now - s->since >= GENTLE_PAUSE_MOST;
	if (s->pausing ? low || long_enough : high && (long_enough || !s->since)) {
		s->pausing = !s->pausing;
		s->since = now;
	}
	return s->pausing;
}

bool gentle_is_due(struct gentle_pause *s, uint64_t now)
{
	if (s->looked && now - s->looked_at < CLOCK_SECOND)
		return s->pausing;
	struct gentle_load load;
	gentle_read_load(&load, "/proc/pressure");
	s->looked = true;
	s->looked_at = now;
	return gentle_decide(s, now, &load);
}
