/* fuzz.h - what the fuzz targets share. A target is a fuzz_X.c with one LLVMFuzzerTestOneInput, which hands bytes from
 * outside to one parser and CHECKs what must hold whatever they are; a broken CHECK aborts, which is a finding.
 * libFuzzer calls it (make fuzz), or replay.c with the files of corpus/X (make check). One thread. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_freep(void *p)
{
	free(*(void **)p);
}

/* A copy that a read beyond its end does not survive under ASan, terminated; the caller's to free. Where the bytes
 * hold a NUL the text ends there. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup(size ? (const char *)data : "", size);
	CHECK(text);
	return text;
}

/* The rest of the input. */
static inline size_t fuzz_left(const struct reader *in)
{
	return (size_t)(in->end - in->at);
}

/* The next bytes of the input: a varint length, cut to what is there. */
static inline const uint8_t *fuzz_part(struct reader *in, size_t *len)
{
	uint64_t n = reader_varint(in);
	*len = n < fuzz_left(in) ? (size_t)n : fuzz_left(in);
	return reader_bytes(in, *len);
}
