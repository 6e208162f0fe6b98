/* utf8.h - taking bytes that claim to be UTF-8 apart. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length (1 to 4) of the character at p, of which left bytes may be read, and its code point; 0 when
 * no valid one stands there (cut short, overlong, a surrogate, beyond U+10FFFF) or left is 0. */
size_t utf8_next(const void *p, size_t left, uint32_t *point);

/* False for characters that act on a terminal or on the line around them: C0 and C1 controls, delete,
 * line and paragraph separators, and the marks that change the direction of text. */
bool utf8_is_shown(uint32_t point);
