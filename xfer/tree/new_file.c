#include "xfer/tree/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "xfer/base/fd.h"
#include "xfer/codec/hash.h"
#include "xfer/io/gentle.h"

enum { ZERO_BLOCK = 4096, TRAIL = 8 << 20 };

int new_file_create(const struct meta_rules *rules, const struct meta *meta, int dir, const char *name,
		    struct err *err)
{
	bool our_group = meta->gid == rules->gid || meta->gid == (gid_t)-1;
	bool plain = meta->uid == rules->uid && !(meta->mode & 07000) && !meta->attrs_len;
	mode_t mode = !plain ? 0600 : our_group ? meta->mode & 0777 : meta->mode & 0700;
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	int fd = openat(dir, name, flags, mode);
	if (fd < 0 && errno == EEXIST) {
		/* left by an interrupted run, or put there by somebody: never written to, only replaced */
		if (unlinkat(dir, name, 0) < 0)
			return err_set(err, -errno, "remove what stands in the way");
		fd = openat(dir, name, flags, mode);
	}
	return fd < 0 ? err_set(err, -errno, "create") : fd;
}

int new_file_write(int fd, const uint8_t *data, size_t len, uint64_t at, bool sparse)
{
	if (!sparse)
		return fd_write_at(fd, data, len, at);
	for (size_t i = 0; i < len;) {
		size_t end = i;
		while (end < len) {
			size_t n = len - end < ZERO_BLOCK ? len - end : ZERO_BLOCK;
			if (hash_is_zeros(data + end, n))
				break;
			end += n;
		}
		int code = end > i ? fd_write_at(fd, data + i, end - i, at + i) : 0;
		if (code < 0)
			return code;
		i = end > i ? end : i + (len - i < ZERO_BLOCK ? len - i : ZERO_BLOCK);
	}
	return 0;
}

void new_file_trail(int fd, uint64_t at, uint64_t len)
{
	gentle_wrote(fd, at, len);
	if (at >= TRAIL)
		gentle_drop_written(fd, at - TRAIL, len);
}

int new_file_complete(const struct meta_rules *rules, const struct meta *meta, int fd, const uint64_t *size,
		      struct err *err)
{
	struct stat st;
	int code = 0;
	if (fstat(fd, &st) < 0)
		code = err_set(err, -errno, "stat");
	/* only where it must be: it makes the size last before the bytes do (ext4), or waits for them (xfs) */
	if (code == 0 && size && (uint64_t)st.st_size != *size && ftruncate(fd, (off_t)*size) < 0)
		code = err_set(err, -errno, "set its size");
	if (code == 0)
		code = meta_apply(rules, meta, fd, &st, false, true, err);
	if (code == 0 && rules->o->nice && st.st_size > SMALL_FILE)
		gentle_drop_written(fd, 0, 0);
	/* an error of close is one of writing, on network file systems */
	if (close(fd) < 0 && code == 0)
		code = err_set(err, -errno, "close");
	return code;
}
