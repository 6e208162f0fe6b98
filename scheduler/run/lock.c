#include "scheduler/run/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MOST = 4096 };

int lock_take(const char *store_path, const char *name, struct err *err)
{
	char path[PATH_MOST];
	int n = snprintf(path, sizeof path, "%s.locks", store_path);
	if (mkdir(path, 0700) && errno != EEXIST)
		return err_set(err, -errno, "folder %s", path);
	n = snprintf(path, sizeof path, "%s.locks/%s", store_path, name);
	if (n >= PATH_MOST)
		return err_say(err, -ENAMETOOLONG, "lock %s: its path is too long", name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, -errno, "lock %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	int status = errno == EWOULDBLOCK ? err_say(err, -EAGAIN, "%s: somebody is at work on it", name)
					  : err_set(err, -errno, "lock %s", path);
	close(fd);
	return status;
}
