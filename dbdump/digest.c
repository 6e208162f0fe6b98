#include "dbdump/digest.h"

#include <string.h>

size_t line_length(const uint8_t *lines, size_t len)
{
	const uint8_t *end = memchr(lines, '\n', len);
	return end ? (size_t)(end - lines) + 1 : len;
}

void rows_digest_lines(struct rows_digest *d, const uint8_t *lines, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		n = line_length(lines + at, len - at);
		struct digest one = hash_of(lines + at, n);
		tree_digest_add(&d->sum, &one);
		d->rows++;
	}
	d->bytes += len;
}

void rows_digest_merge(struct rows_digest *d, const struct rows_digest *other)
{
	struct digest value = tree_digest_value(&other->sum);
	tree_digest_add(&d->sum, &value);
	d->rows += other->rows;
	d->bytes += other->bytes;
}

bool rows_digest_equal(const struct rows_digest *a, const struct rows_digest *b)
{
	return a->rows == b->rows && a->sum.low == b->sum.low && a->sum.high == b->sum.high;
}
