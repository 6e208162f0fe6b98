/* rowset.h - rows by their digests, each with how often it is at one end more than at the other. Bounded.
 *
 * One thread at a time. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/codec/hash.h"

struct row {
	struct digest digest;
	int64_t surplus; /* at the source (A) over the destination (B) */
	uint64_t key;	 /* a hash of its name: of its key, where it has one */
	char *name;	 /* NULL: there was no room for it */
};

struct rowset;

/* For so many rows, and names of so many bytes. NULL: no memory. */
struct rowset *rowset_new(size_t most, size_t name_bytes);
/* Accepts NULL. */
void rowset_free(struct rowset *s);
void rowset_clear(struct rowset *s);

/* The row of that digest; *added: it is new, all zeros but for the digest. NULL: there is no room for another. */
struct row *rowset_row(struct rowset *s, const struct digest *d, bool *added);
/* Gives a row its name, if there is room. */
void rowset_name(struct rowset *s, struct row *r, const char *name);

/* All of them, in the order in which they came. */
const struct row *rowset_all(const struct rowset *s, size_t *count);
