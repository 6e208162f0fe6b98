#include "xfer/base/line.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/escape.h"

void line_init(struct line *l, int fd, size_t hold)
{
	*l = (struct line){ .fd = fd, .hold = hold };
	buf_init(&l->text, LINE_LIMIT);
}

void line_fini(struct line *l)
{
	buf_fini(&l->text);
}

void line_add(struct line *l, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof small) {
		buf_bytes(&l->text, small, (size_t)n);
		return;
	}
	uint8_t *to = n < 0 ? NULL : buf_reserve(&l->text, (size_t)n + 1);
	if (!to) {
		l->text.failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	l->text.len += (size_t)n;
}

void line_name(struct line *l, const char *name, size_t len)
{
	/* at worst every byte becomes \#ooo */
	char *to = len > LINE_LIMIT / 5 ? NULL : (char *)buf_reserve(&l->text, 5 * len + 1);
	if (!to) {
		l->text.failed = true;
		return;
	}
	l->text.len += strlen(escape_name(to, 5 * len + 1, name, len));
}

static int write_whole(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);
		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			/* somebody else made the shared descriptor non-blocking; for us it is not */
			struct pollfd ready = { .fd = fd, .events = POLLOUT };
			if (poll(&ready, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int line_flush(struct line *l)
{
	if (!l->error && l->text.len)
		l->error = write_whole(l->fd, l->text.data, l->text.len);
	buf_clear(&l->text);
	l->begun = 0;
	return l->error;
}

int line_end(struct line *l)
{
	if (l->text.failed) {
		l->text.failed = false;
		l->text.len = l->begun;
		return l->error ? l->error : -EMSGSIZE;
	}
	l->begun = l->text.len;
	return l->error || l->text.len >= l->hold ? line_flush(l) : 0;
}
