#include "xfer/front/json_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int json_fd_use(struct event *e, int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return err_set(err, -errno, "--json-fd %d", fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return err_say(err, -EBADF, "--json-fd %d: not open for writing", fd);
	/* a child that outlives us must not keep our reader waiting for the end */
	if (fd > STDERR_FILENO)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	e->line.fd = fd;
	return 0;
}
