/* temp_name.h - the names of what is not finished yet: ".xfer-" and 16 hexadecimal digits of the final name's hash.
 *
 * Deterministic, so that the next run finds what an interrupted one left; short, so that a name of 255 bytes
 * has one; in the same directory, so that the final rename is one. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { TEMP_NAME_SIZE = 6 + 16 + 1 };

/* Writes the temporary name for name, terminated. */
void temp_name(char out[static TEMP_NAME_SIZE], const char *name, size_t len);
/* True for a name of this form: left by an interrupted run, never a customer's. */
bool temp_name_is(const char *name, size_t len);
