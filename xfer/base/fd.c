#include "xfer/base/fd.h"

#include <errno.h>
#include <string.h>
#include <stdbool.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Buffered writes of a small file are fastest in small pieces (bench/NOTES.md): the pages stay in the processor's cache. Of a
 * large one, where the page cache takes folios as large as what is written at once, they would be small ones. */
enum { WRITE_PIECE = 16 * 1024, WRITE_LARGE = 128 * 1024 };

void fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void fd_free_buffer(void *p)
{
	free(*(void **)p);
}

ssize_t fd_read_at(int fd, void *to, size_t n, uint64_t offset)
{
	size_t done = 0;
	while (done < n) {
		ssize_t r = pread(fd, (char *)to + done, n - done, (off_t)(offset + done));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

int fd_write_at(int fd, const void *from, size_t n, uint64_t offset)
{
	size_t done = 0, most = n > WRITE_LARGE ? WRITE_LARGE : WRITE_PIECE;
	while (done < n) {
		size_t piece = n - done < most ? n - done : most;
		ssize_t r = pwrite(fd, (const char *)from + done, piece, (off_t)(offset + done));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return -EIO;
		done += (size_t)r;
	}
	return 0;
}

int fd_open_above(const char *path)
{
	char *above = strdup(path);
	int fd = -ENOMEM;
	for (bool more = above; more && fd < 0;) {
		char *slash = strrchr(above, '/');
		more = slash && slash != above;
		if (slash)
			slash[slash == above] = '\0'; /* what is above the last component, "/" at most */
		fd = open(slash ? above : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	free(above);
	return fd;
}
