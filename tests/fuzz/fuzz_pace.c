/* What says how fast and until when: the text of --deadline, --bwlimit, sizes, a --bwlimit-file, and the kernel's of
 * /proc/pressure. What is taken is within its bounds and comes back from what is written of it.
 *
 *   input = u8 which, the text */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/base/size.h"
#include "xfer/cli/args_table.h"
#include "xfer/cli/pace.h"
#include "xfer/io/gentle.h"

#define YEARS (INT64_C(1000000000) * (int64_t)CLOCK_SECOND) /* the longest deadline */

static const struct timespec wall = { .tv_sec = 1795406400, .tv_nsec = 123456789 }; /* 2026-11-23T00:00:00 */

static void deadline(const char *text)
{
	uint64_t left = 0, again;
	char written[64];
	int r = deadline_parse(&left, text, wall);
	CHECK(r == 0 || r == -EINVAL);
	if (r < 0)
		return;
	CHECK(left <= (uint64_t)YEARS);
	/* each way to say it again */
	snprintf(written, sizeof written, "+%" PRIu64, left / CLOCK_SECOND);
	CHECK(deadline_parse(&again, written, wall) == 0 && again == left / CLOCK_SECOND * CLOCK_SECOND);
	struct tm tm;
	uint64_t ns = (uint64_t)wall.tv_nsec + left;
	time_t at = wall.tv_sec + (time_t)(ns / CLOCK_SECOND);
	CHECK(gmtime_r(&at, &tm));
	size_t n = strftime(written, sizeof written, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(written + n, sizeof written - n, ".%09uZ", (unsigned)(ns % CLOCK_SECOND));
	CHECK(deadline_parse(&again, written, wall) == 0 && again == left);
	/* a clock that is later leaves less */
	struct timespec later = { wall.tv_sec + 60, wall.tv_nsec };
	if (*text != '+')
		CHECK(deadline_parse(&again, text, later) == 0 &&
		      again == (left > 60 * CLOCK_SECOND ? left - 60 * CLOCK_SECOND : 0));
}

static bool rate(const char *text, uint64_t *out)
{
	uint64_t v = 0, again;
	char written[32];
	int r = size_parse_rate(&v, text);
	CHECK(r == 0 || r == -EINVAL);
	if (r < 0)
		return false;
	CHECK(v == 0 || v >= 512);
	snprintf(written, sizeof written, "%" PRIu64 "b", v);
	CHECK(size_parse_rate(&again, written) == 0 && again == v);
	*out = v;
	return true;
}

static void size_of(const char *text)
{
	uint64_t v, again;
	char written[32];
	int r = size_parse(&v, text);
	CHECK(r == 0 || r == -EINVAL);
	if (r < 0)
		return;
	snprintf(written, sizeof written, "%" PRIu64, v);
	CHECK(size_parse(&again, written) == 0 && again == v);
}

static void warn(void *ctx, const char *text)
{
	CHECK(text[0]);
	*(bool *)ctx = true;
}

/* The file of a rate, as it is at first and looked at again; without a link nothing goes by it. */
static void file(const uint8_t *data, size_t size)
{
	char path[40];
	struct err err = { 0 };
	struct pace p = { 0 };
	uint64_t v;
	int fd = memfd_create("rate", MFD_CLOEXEC);
	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct options o = { .bwlimit_file = path };
	int r = pace_init(&p, &o, &err);
	CHECK(r == 0 || (r == -EINVAL && err.code == r && err.text[0]));
	CHECK(strnlen(p.text, sizeof p.text) <= PACE_TEXT);
	CHECK(r < 0 || !memchr(data, 0, size < PACE_TEXT ? size : PACE_TEXT));
	if (strlen(p.text)) {
		CHECK(!strchr(" \t\r\n", p.text[0]) && !strchr(" \t\r\n", p.text[strlen(p.text) - 1]));
		CHECK(rate(p.text, &v) == (r == 0) && (r < 0 || v == p.bytes_per_s));
	}
	close(fd);
}

/* What becomes of the file while a run goes on: good text sets the rate, other text is told and leaves it. */
static void changing_file(const uint8_t *data, size_t size)
{
	static struct link *l;
	char path[40], text[PACE_TEXT + 1];
	struct err err = { 0 };
	bool told = false;
	struct pace p = { .warn = warn, .ctx = &told };
	uint64_t v = 0;
	int fd = memfd_create("rate", MFD_CLOEXEC), fds[2];
	CHECK(fd >= 0 && write(fd, "77k", 3) == 3);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct options o = { .bwlimit_file = path };
	if (!l) {
		struct chan *chan;
		CHECK(pipe2(fds, O_CLOEXEC) == 0 && chan_open_fds(&chan, fds[0], fds[1], &err) == 0);
		CHECK(link_new(&l, chan, LINK_PLAIN, &err) == 0);
	}
	CHECK(pace_init(&p, &o, &err) == 0 && p.bytes_per_s == 77 * 1024);
	pace_attach(&p, l);
	CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	CHECK(pace_watch(&p, &err) == 0);
	memcpy(text, p.text, sizeof text);
	if (told || strcmp(text, "77k") == 0)
		CHECK(p.bytes_per_s == 77 * 1024);
	else
		CHECK(rate(text, &v) && v == p.bytes_per_s);
	CHECK(told == (strcmp(text, "77k") != 0 && !rate(text, &v)));
	close(fd);
}

static void pressure(const char *text)
{
	unsigned load = 0;
	int r = gentle_parse_load(&load, text);
	CHECK((r == 0 && load <= 10099) || (r == -EINVAL && load == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t ignored;
	if (!size)
		return 0;
	AUTO(fuzz_freep) char *text = fuzz_text(data + 1, size - 1);
	switch (data[0] % 6) {
	case 0:
		deadline(text);
		break;
	case 1:
		rate(text, &ignored);
		break;
	case 2:
		size_of(text);
		break;
	case 3:
		file(data + 1, size - 1);
		break;
	case 4:
		changing_file(data + 1, size - 1);
		break;
	default:
		pressure(text);
	}
	return 0;
}
