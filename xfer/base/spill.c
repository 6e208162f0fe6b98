#include "xfer/base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/fd.h"

enum { PAGE = 4096 };

/* Page p stands in frame p modulo their number, and nowhere else: no search, no list of what is old. */
struct frame {
	uint8_t *data; /* NULL: empty */
	uint64_t page;
	bool dirty;
};

struct spill {
	const char *dir;
	int fd;		   /* -1: not needed so far */
	uint64_t end;	   /* of what was written */
	uint64_t file_end; /* of what the file may hold */
	int error;	   /* it could not be shortened: what it holds is not to be trusted */
	size_t frames;
	struct frame frame[];
};

struct spill *spill_new(const char *dir, size_t memory)
{
	size_t frames = 1;
	while (frames * PAGE < memory)
		frames *= 2;
	struct spill *s = calloc(1, sizeof *s + frames * sizeof s->frame[0]);
	if (!s)
		return NULL;
	if (!dir || !*dir)
		dir = getenv("TMPDIR");
	s->dir = dir && *dir ? dir : "/var/tmp";
	s->fd = -1;
	s->frames = frames;
	return s;
}

void spill_free(struct spill *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->frames; i++)
		free(s->frame[i].data);
	fd_closep(&s->fd);
	free(s);
}

/* A file without a name; where the file system has none, one that loses its name at once. */
static int open_file(struct spill *s)
{
	char *name;
	s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return s->fd < 0 ? -errno : 0;
	if (asprintf(&name, "%s/xfer-spill-XXXXXX", s->dir) < 0)
		return -ENOMEM;
	s->fd = mkostemp(name, O_CLOEXEC);
	int code = s->fd < 0 ? -errno : unlink(name) < 0 ? -errno : 0;
	free(name);
	return code;
}

/* Makes room in a frame. */
static int evict(struct spill *s, struct frame *f)
{
	int code = s->fd < 0 ? open_file(s) : 0;
	if (code == 0 && f->dirty) {
		code = fd_write_at(s->fd, f->data, PAGE, f->page * PAGE);
		if (code == 0 && s->file_end < (f->page + 1) * PAGE)
			s->file_end = (f->page + 1) * PAGE;
	}
	f->dirty = f->dirty && code < 0;
	return code;
}

/* The frame with the page in it. */
static int load(struct spill *s, struct frame **out, uint64_t page, struct err *err)
{
	struct frame *f = *out = &s->frame[page & (s->frames - 1)];
	if (f->data && f->page == page)
		return 0;
	int code = s->error ? s->error : f->data ? evict(s, f) : 0;
	if (code == 0 && !f->data && !(f->data = malloc(PAGE)))
		return err_set(err, -ENOMEM, "what is spilled to disk");
	ssize_t got = 0;
	if (code == 0 && page * PAGE < s->file_end) {
		f->page = UINT64_MAX; /* until it is whole */
		got = fd_read_at(s->fd, f->data, PAGE, page * PAGE);
		code = got < 0 ? (int)got : 0;
	}
	if (code < 0) {
		err_set(err, code, "%s: what does not fit into memory is put there", s->dir);
		return err->code = -EIO;
	}
	memset(f->data + got, 0, PAGE - (size_t)got);
	f->page = page;
	return 0;
}

int spill_read(struct spill *s, uint64_t at, void *to, size_t n, struct err *err)
{
	for (size_t part; n; n -= part, at += part, to = (uint8_t *)to + part) {
		struct frame *f;
		part = PAGE - at % PAGE < n ? PAGE - at % PAGE : n;
		int code = load(s, &f, at / PAGE, err);
		if (code < 0)
			return code;
		memcpy(to, f->data + at % PAGE, part);
	}
	return 0;
}

int spill_write(struct spill *s, uint64_t at, const void *from, size_t n, struct err *err)
{
	for (size_t part; n; n -= part, at += part, from = (const uint8_t *)from + part) {
		struct frame *f;
		part = PAGE - at % PAGE < n ? PAGE - at % PAGE : n;
		int code = load(s, &f, at / PAGE, err);
		if (code < 0)
			return code;
		memcpy(f->data + at % PAGE, from, part);
		f->dirty = true;
		if (s->end < at + part)
			s->end = at + part;
	}
	return 0;
}

uint64_t spill_end(const struct spill *s)
{
	return s->end;
}

void spill_cut(struct spill *s, uint64_t end)
{
	if (end >= s->end)
		return;
	uint64_t pages = (s->end - 1) / PAGE - end / PAGE + 1;
	for (uint64_t i = 0; i < pages && i < s->frames; i++) {
		struct frame *f = &s->frame[(end / PAGE + i) & (s->frames - 1)];
		if (!f->data || f->page == UINT64_MAX || f->page < end / PAGE)
			continue;
		size_t keep = f->page == end / PAGE ? end % PAGE : 0;
		memset(f->data + keep, 0, PAGE - keep);
		f->dirty = f->dirty && keep;
	}
	s->end = end;
	if (end < s->file_end) {
		s->file_end = end;
		if (ftruncate(s->fd, (off_t)end) < 0)
			s->error = -errno;
	}
}
