#include "xfer/tree/id_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/tree/id_files.h"

enum { ROOM_FIRST = 1 << 10, ROOM_MAX = 16 << 20 }; /* a group brings its members, and there may be many */

union record {
	struct passwd user;
	struct group group;
};

/* Exactly one of name and id (when name is NULL) is asked for. 0 or a positive errno, as the C library has it;
 * *found tells whether there is such a record. */
#ifdef XFER_STATIC
static int ask_once(union record *r, bool *found, enum id_kind kind, const char *name, uint32_t id,
		    char *room, size_t size)
{
	int e = kind == ID_USER ? id_files_user("/etc/passwd", &r->user, name, id, room, size)
				: id_files_group("/etc/group", &r->group, name, id, room, size);
	*found = !e;
	return e == ENOENT ? 0 : e;
}
#else
static int ask_once(union record *r, bool *found, enum id_kind kind, const char *name, uint32_t id,
		    char *room, size_t size)
{
	int e;
	if (kind == ID_USER) {
		struct passwd *got = NULL;
		e = name ? getpwnam_r(name, &r->user, room, size, &got)
			 : getpwuid_r(id, &r->user, room, size, &got);
		*found = got;
	} else {
		struct group *got = NULL;
		e = name ? getgrnam_r(name, &r->group, room, size, &got)
			 : getgrgid_r(id, &r->group, room, size, &got);
		*found = got;
	}
	return e;
}
#endif

static void charp_free(char **p)
{
	free(*p);
}

/* One record; *room holds its strings. */
static int ask(union record *r, char **room, enum id_kind kind, const char *name, uint32_t id)
{
	for (size_t size = ROOM_FIRST; size <= ROOM_MAX;) {
		char *more = realloc(*room, size);
		if (!more)
			return -ENOMEM;
		*room = more;
		bool found;
		int e = ask_once(r, &found, kind, name, id, more, size);
		if (e == ERANGE)
			size *= 4;
		else if (e != EINTR)
			/* some libraries say "no such name" with one of these: getpwnam(3) */
			return found ? 0 : !e || e == ESRCH || e == EBADF || e == EPERM ? -ENOENT : -e;
	}
	return -E2BIG;
}

int id_of_name(uint32_t *out, enum id_kind kind, const char *name)
{
	AUTO(charp_free) char *room = NULL;
	union record r;
	int rc = ask(&r, &room, kind, name, 0);
	if (rc)
		return rc;
	*out = kind == ID_USER ? r.user.pw_uid : r.group.gr_gid;
	return 0;
}

int id_name_of(char **out, enum id_kind kind, uint32_t id)
{
	AUTO(charp_free) char *room = NULL;
	union record r;
	int rc = ask(&r, &room, kind, NULL, id);
	if (rc)
		return rc;
	const char *name = kind == ID_USER ? r.user.pw_name : r.group.gr_name;
	if (strlen(name) > ID_NAME_MAX)
		return -ENOENT;
	char *copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	*out = copy;
	return 0;
}

bool id_parse(uint32_t *out, const char *text, size_t len)
{
	uint64_t v = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(text[i] - '0');
		if (v >= UINT32_MAX)
			return false;
	}
	*out = (uint32_t)v;
	return len > 0;
}
