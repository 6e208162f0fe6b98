#include "xfer/tree/space.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { CALLS_BETWEEN = 512 };

static bool counts_plainly(long type)
{
	switch ((unsigned long)type) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
		return true;
	default:
		return false;
	}
}

void space_init(struct space *s, int fd, bool on)
{
	struct statfs fs;
	*s = (struct space){ .fd = fd, .on = on };
	if (!on || fstatfs(fd, &fs) < 0 || !counts_plainly(fs.f_type)) {
		s->on = false;
		return;
	}
	s->block = fs.f_bsize > 0 ? (uint64_t)fs.f_bsize : 4096;
}

static uint64_t blocks_of(const struct space *s, uint64_t bytes)
{
	return (bytes + s->block - 1) / s->block * s->block;
}

void space_expect(struct space *s, uint64_t bytes, uint64_t old_bytes, bool replaces)
{
	if (!s->on)
		return;
	s->need_bytes += blocks_of(s, bytes);
	s->need_inodes++;
	s->gain_bytes += old_bytes;
	s->gain_inodes += replaces;
}

void space_arrived(struct space *s, uint64_t bytes, uint64_t old_bytes, bool replaces)
{
	if (!s->on)
		return;
	s->need_bytes -= blocks_of(s, bytes);
	s->need_inodes--;
	space_freed(s, old_bytes, replaces);
}

void space_freed(struct space *s, uint64_t old_bytes, bool replaces)
{
	if (!s->on)
		return;
	s->gain_bytes -= old_bytes;
	s->gain_inodes -= replaces;
}

int space_check(struct space *s, bool now, struct err *err)
{
	struct statfs fs;
	if (!s->on || s->may_gain_more || (!now && s->until_check++ % CALLS_BETWEEN != 0))
		return 0;
	if (fstatfs(s->fd, &fs) < 0)
		return 0;
	uint64_t free_bytes = (uint64_t)(geteuid() == 0 ? fs.f_bfree : fs.f_bavail) * (uint64_t)fs.f_bsize;
	if (s->need_bytes > free_bytes + s->gain_bytes)
		return err_say(err, -ENOSPC,
			       "the destination has not enough room: %" PRIu64
			       " bytes more are to be written, %" PRIu64 " are free and %" PRIu64
			       " will be freed; %" PRIu64 " bytes are missing",
			       s->need_bytes, free_bytes, s->gain_bytes,
			       s->need_bytes - free_bytes - s->gain_bytes);
	/* file systems that make inodes as needed say that there are none */
	if (fs.f_files && s->need_inodes > (uint64_t)fs.f_ffree + s->gain_inodes)
		return err_say(err, -ENOSPC,
			       "the destination has not enough inodes: %" PRIu64 " more are needed, %" PRIu64
			       " are free",
			       s->need_inodes - s->gain_inodes, (uint64_t)fs.f_ffree);
	return 0;
}
