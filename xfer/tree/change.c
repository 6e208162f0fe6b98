#include "xfer/tree/change.h"

#include <string.h>

#include "xfer/tree/meta.h"

static char type_letter(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 'f';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'L';
	case S_IFCHR:
	case S_IFBLK:
		return 'D';
	default:
		return 'S';
	}
}

void change_code(char out[static CHANGE_SIZE], char what, mode_t mode, bool created, int diff,
		 bool times_kept)
{
	out[0] = what;
	out[1] = type_letter(mode);
	out[11] = '\0';
	if (created) {
		memset(out + 2, '+', 9);
		return;
	}
	out[2] = diff & DIFF_CONTENT ? 'c' : '.';
	out[3] = diff & DIFF_SIZE ? 's' : '.';
	out[4] = !(diff & DIFF_TIME) ? '.' : times_kept ? 't' : 'T';
	out[5] = diff & DIFF_PERMS ? 'p' : '.';
	out[6] = diff & DIFF_OWNER ? 'o' : '.';
	out[7] = diff & DIFF_GROUP ? 'g' : '.';
	out[8] = '.';
	out[9] = diff & DIFF_ACL ? 'a' : '.';
	out[10] = diff & DIFF_XATTR ? 'x' : '.';
}
