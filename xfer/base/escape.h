/* escape.h - names as they may be shown: no byte of a file's name reaches a terminal or a log raw. Pure. */
#pragma once
#include <stddef.h>

/* Writes the bytes of name into out[cap], cap at least 1, terminated. Bytes that are not part of valid UTF-8,
 * and those of characters that act on a terminal (utf8_is_shown), become \#ooo as rsync writes them; so does
 * a backslash that would otherwise begin such an escape, so that two names never look the same. A name that
 * does not fit ends in "..." (as much of it as cap allows). Returns out. */
char *escape_name(char *out, size_t cap, const char *name, size_t len);
