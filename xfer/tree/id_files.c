#include "xfer/tree/id_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A name that begins with + or - is no user: it refers to a directory service. */
static bool is_meant(const char *name, uint32_t id, const char *wanted, uint32_t wanted_id)
{
	if (*name == '+' || *name == '-')
		return false;
	return wanted ? strcmp(name, wanted) == 0 : id == wanted_id;
}

int id_files_user(const char *file, struct passwd *out, const char *name, uint32_t id, char *room,
		  size_t size)
{
	struct passwd *got;
	FILE *f = fopen(file, "re");
	if (!f)
		return errno;
	int e;
	do
		e = fgetpwent_r(f, out, room, size, &got);
	while (!e && !is_meant(out->pw_name, out->pw_uid, name, id));
	fclose(f);
	return e;
}

int id_files_group(const char *file, struct group *out, const char *name, uint32_t id, char *room,
		   size_t size)
{
	struct group *got;
	FILE *f = fopen(file, "re");
	if (!f)
		return errno;
	int e;
	do
		e = fgetgrent_r(f, out, room, size, &got);
	while (!e && !is_meant(out->gr_name, out->gr_gid, name, id));
	fclose(f);
	return e;
}
