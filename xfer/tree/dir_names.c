#include "xfer/tree/dir_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

int dir_names(struct spill_list *out, struct spill *s, struct dir *d, struct err *err)
{
	*out = spill_list_on(s);
	int fd = dir_fd(d);
	int own = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own < 0) {
		err_set(err, fd < 0 ? fd : -errno, "list directory to delete");
		return 1;
	}
	DIR *list = fdopendir(own);
	if (!list) {
		close(own);
		return err_set(err, -ENOMEM, "list directory to delete");
	}
	int r = 0;
	bool long_name = false; /* as FAT and CIFS have them */
	struct dirent *e;
	while (r == 0 && !long_name && (errno = 0, e = readdir(list)))
		if (strlen(e->d_name) > NAME_MAX)
			long_name = true;
		else if (!is_dots(e->d_name))
			r = spill_list_put(out, s, e->d_name, strlen(e->d_name) + 1, err);
	if (r == 0 && (errno || long_name)) {
		err_set(err, long_name ? -ENAMETOOLONG : -errno, "list directory to delete");
		r = 1;
	}
	closedir(list);
	return r;
}

int dir_names_take(struct spill_list *l, struct spill *s, char name[static NAME_MAX + 1], struct err *err)
{
	return spill_list_take(l, s, name, NAME_MAX + 1, err);
}
