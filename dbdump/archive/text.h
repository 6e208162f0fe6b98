/* text.h - strings and lists in an archive's payloads. What is read may be anything: NUL is in no string, nothing is allocated by a
 * length that is not there. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/base/strings.h"

/* s may be NULL. */
void put_text(struct buf *out, const char *s);
void put_texts(struct buf *out, const struct strings *list);

/* A copy, NULL for NULL; in->failed: damaged, or no memory. */
char *get_text(struct reader *in);
void get_texts(struct reader *in, struct strings *list);
/* Into an array. */
void get_words(struct reader *in, char *to, size_t cap);
