/* writer.h - writes an archive, record by record (format.h), with what is packed outside of its lock.
 *
 * Any thread may write; each with a payload of its own. After the first failure nothing more is written. */
#pragma once
#include "dbdump/file.h"
#include "dbdump/archive/hello.h"
#include "dbdump/archive/payload.h"

struct writer;

/* The file is the caller's, and outlives it. Begins with hello. -ENOMEM, or what the file says. */
int writer_new(struct writer **out, struct file *f, const struct hello *h, struct err *err);
/* Accepts NULL. */
void writer_free(struct writer *w);

/* type, section, table, part and rows are r's, the rest is filled in; len is RECORD_MOST at most. */
int writer_put(struct writer *w, struct payload *p, const struct record *r, const uint8_t *raw, size_t len,
	       struct err *err);
/* As many records, behind each other, as len takes: all but the last one with RECORD_MORE, all but the first with RECORD_REST. */
int writer_put_long(struct writer *w, struct payload *p, const struct record *r, const uint8_t *raw,
		    size_t len, struct err *err);
/* The index, and the end. */
int writer_end(struct writer *w, struct err *err);
/* So far. */
uint64_t writer_bytes(struct writer *w);
