/* value.h - what stands behind an option, read. Each returns 0, -EINVAL with a text that names the option and repeats the
 * value, or -ENOMEM; then *out is as it was. Pure. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

struct value {
	const char *option; /* its name without dashes */
	const char *text;
	struct err *err; /* may be NULL */
};

int value_whole(int64_t *out, const struct value *v, int64_t min, int64_t max);
int value_size(uint64_t *out, const struct value *v);
int value_rate(uint64_t *out, const struct value *v);
/* A copy, in place of what *out held, which is freed; an empty one is refused. */
int value_string(char **out, const struct value *v);
/* The index of the word among the choices, which are separated by '|'. */
int value_choice(unsigned *out, const struct value *v, const char *choices);

/* Digits with an optional sign, nothing else: what strtoll takes besides is a typing error. -EINVAL, or -ERANGE. */
int value_parse_whole(int64_t *out, const char *text, int64_t min, int64_t max);
/* The n-th of the choices, *len long; NULL after the last. */
const char *value_word(const char *choices, unsigned n, size_t *len);
