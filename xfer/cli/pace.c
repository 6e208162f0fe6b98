#include "xfer/cli/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/base/fd.h"
#include "xfer/base/size.h"
#include "xfer/cli/args_table.h"

/* The content of the file, without white space around it. */
static int read_rate(char text[static PACE_TEXT + 1], const char *path)
{
	struct stat st;
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) /* it is read again and again, and must never make us wait */
		return S_ISDIR(st.st_mode) ? -EISDIR : -ESPIPE;
	ssize_t n = read(fd, text, PACE_TEXT);
	if (n < 0)
		return -errno;
	/* it would hide what follows: of "500" in UTF-16 the rate were 5 */
	for (char *nul; (nul = memchr(text, '\0', (size_t)n));)
		*nul = '?';
	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		n--;
	text[n] = '\0';
	size_t blank = strspn(text, " \t\r\n");
	memmove(text, text + blank, (size_t)n - blank + 1);
	return 0;
}

static int first_rate(struct pace *p, struct err *err)
{
	const char *path = p->options->bwlimit_file;
	p->bytes_per_s = p->options->bwlimit;
	if (!path)
		return 0;
	int r = read_rate(p->text, path);
	if (r < 0) {
		err_set(err, r, "option --bwlimit-file: %s", path);
		return err->code = -EINVAL;
	}
	if (size_parse_rate(&p->bytes_per_s, p->text) < 0)
		return err_say(err, -EINVAL, "option --bwlimit-file: %s: \"%s\" " SIZE_RATE_HINT, path,
			       p->text);
	return 0;
}

int pace_init(struct pace *p, const struct options *o, struct err *err)
{
	p->options = o;
	int r = first_rate(p, err);
	if (r < 0 || !o->deadline)
		return r;
	struct timespec wall;
	uint64_t left, now = clock_now();
	CHECK(clock_gettime(CLOCK_REALTIME, &wall) == 0);
	if (deadline_parse(&left, o->deadline, wall) < 0)
		return err_say(
			err, -EINVAL,
			"option --deadline: \"%s\" is no time such as 2026-11-23T04:00:00Z, 2026-11-23T04:00:00+01:00 or "
			"+SECONDS",
			o->deadline);
	p->deadline.at = now + left;
	uint64_t ns = (uint64_t)wall.tv_nsec + left;
	p->until = (struct timespec){ .tv_sec = wall.tv_sec + (time_t)(ns / CLOCK_SECOND),
				      .tv_nsec = (long)(ns % CLOCK_SECOND) };
	return 0;
}

static void set_rate(const struct pace *p)
{
	if (p->splice)
		splice_set_rate(p->splice, p->bytes_per_s);
	else if (p->link)
		link_set_rate(p->link, p->bytes_per_s);
}

void pace_attach(struct pace *p, struct link *l)
{
	p->link = l;
	p->splice = NULL;
	set_rate(p);
	link_set_watch(l, pace_watch, p);
}

void pace_attach_splice(struct pace *p, struct splice *s)
{
	p->link = NULL;
	p->splice = s;
	set_rate(p);
}

void pace_progress(struct pace *p, const struct progress *now)
{
	if (p->deadline.at)
		deadline_feed(&p->deadline, now, clock_now());
}

static void warn(struct pace *p, const char *why)
{
	struct err e;
	err_say(&e, 0, "--bwlimit-file: %s: %s; the rate stays as it was", p->options->bwlimit_file, why);
	p->warn(p->ctx, e.text);
}

/* A file that is not there, or empty because somebody is just writing it, changes nothing. */
static void look_at_file(struct pace *p)
{
	char text[PACE_TEXT + 1];
	uint64_t rate;
	int r = read_rate(text, p->options->bwlimit_file);
	if (r < 0 && r != -ENOENT && !p->cannot_read)
		warn(p, strerror(-r));
	p->cannot_read = r < 0 && r != -ENOENT;
	if (r < 0 || !*text || strcmp(text, p->text) == 0)
		return;
	memcpy(p->text, text, sizeof p->text);
	if (size_parse_rate(&rate, text) < 0) {
		struct err e;
		err_say(&e, 0, "\"%s\" " SIZE_RATE_HINT, text);
		warn(p, e.text);
		return;
	}
	p->bytes_per_s = rate;
	set_rate(p);
}

int pace_watch(void *ctx, struct err *err)
{
	struct pace *p = ctx;
	uint64_t now = clock_now();
	if (p->options->bwlimit_file && now - p->looked_at >= CLOCK_SECOND) {
		p->looked_at = now;
		look_at_file(p);
	}
	return deadline_judge(&p->deadline, now, err);
}
