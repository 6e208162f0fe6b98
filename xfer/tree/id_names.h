/* id_names.h - the names of users and groups on this machine, asked from the C library's databases.
 *
 * Uncached and possibly slow (LDAP and the like): ids.h is what is called for every file.
 * No state; any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum id_kind { ID_USER, ID_GROUP };

enum { ID_NAME_MAX = 256 }; /* bytes; what the wire carries, and more than any system allows */

/* The id of a name here. -ENOENT when there is no such name; any other -errno: the database could not be asked. */
int id_of_name(uint32_t *out, enum id_kind kind, const char *name);

/* The name of an id here, as a string that the caller frees. -ENOENT when it has none (or one that is longer
 * than ID_NAME_MAX), otherwise as above. */
int id_name_of(char **out, enum id_kind kind, uint32_t id);

/* A decimal number that is an id, of exactly len bytes. False for anything else, and for 4294967295, which
 * chown() takes for "leave it". */
bool id_parse(uint32_t *out, const char *text, size_t len);
