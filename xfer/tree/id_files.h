/* id_files.h - one user or group out of a file like /etc/passwd or /etc/group, for the static program: there the C
 * library's own look-up would load shared libraries of exactly its version, which an old host does not have. What only a
 * directory service knows goes by number then. */
#pragma once
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdint.h>

/* The first record with this name, or this id when name is NULL; its strings lie in room. 0, or a positive errno as
 * getpwnam_r has it: ENOENT when there is none, ERANGE when a record on the way needs more room. */
int id_files_user(const char *file, struct passwd *out, const char *name, uint32_t id, char *room,
		  size_t size);
int id_files_group(const char *file, struct group *out, const char *name, uint32_t id, char *room,
		   size_t size);
