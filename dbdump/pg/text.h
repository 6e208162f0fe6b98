/* text.h - SQL built piece by piece in a struct buf: words as they stand, names and values quoted.
 *
 * Values are quoted for standard_conforming_strings = on, which every connection of ours has. Pure. */
#pragma once
#include "xfer/base/buf.h"

enum { TEXT_LIMIT = 512 << 20 };

void text_init(struct buf *b);
/* Empties b and adds words to it: a new statement in the same memory. */
void text_start(struct buf *b, const char *words);
void text_add(struct buf *b, const char *words);
void text_format(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_name(struct buf *b, const char *name);		       /* "a""b" */
void text_dotted(struct buf *b, const char *schema, const char *name); /* "a"."b" */
void text_value(struct buf *b, const char *value);		       /* 'a''b' */
/* The terminated text, valid until b changes; NULL when there was no memory. */
const char *text_of(struct buf *b);
/* A copy of it for the caller to free; NULL when there was no memory. */
char *text_copy(struct buf *b);
