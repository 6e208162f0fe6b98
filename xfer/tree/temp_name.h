/* temp_name.h - the names of what is not finished yet: ".xfer-" and 40 hexadecimal digits of the final name's hash.
 *
 * Deterministic, so that the next run finds what an interrupted one left, whatever became of this host's state meanwhile;
 * short, so that a name of 255 bytes has one; in the same directory, so that the final rename is one. The hash is a
 * cryptographic one: nobody can make two names that have one temporary name. Earlier versions took 16 digits of another:
 * what they left is known as ours and tidied, but not gone on with. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { TEMP_NAME_SIZE = 6 + 40 + 1 };

/* Writes the temporary name for name, terminated. */
void temp_name(char out[static TEMP_NAME_SIZE], const char *name, size_t len);
/* True for a name of this form, or of an earlier version's: left by an interrupted run, never a customer's. */
bool temp_name_is(const char *name, size_t len);
