/* compress.h - zstd on one payload at a time, and the judgement whether it pays.
 *
 * A compressed payload is one zstd frame that says its content size; a peer's frame is only unpacked into
 * a buffer of ours whose size it cannot choose. One owner; not shared between threads. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct compressor;

enum { COMPRESS_ADAPT = -1 }; /* a level: the one that pays, found out (adapt.h) */

/* level: zstd's, or COMPRESS_ADAPT. NULL when there is no memory. */
struct compressor *compressor_new(int level);
void compressor_free(struct compressor *c);
void compressor_set_level(struct compressor *c, int level);
/* For COMPRESS_ADAPT: the link was waited for so long, nanoseconds. */
void compressor_waited(struct compressor *c, uint64_t ns);

/* Compresses in[len] into out[cap]. Returns the compressed size, or 0 when it does not pay: a sample says that the
 * content is incompressible already, or less than an eighth would be saved. */
size_t compressor_pack(struct compressor *c, void *out, size_t cap, const void *in, size_t len);

/* Unpacks one whole zstd frame into out[cap]. Returns the content size, or -EBADMSG when the frame is damaged,
 * says no size, says more than cap, or is followed by anything. Never allocates by what the frame says. */
ptrdiff_t compressor_unpack(struct compressor *c, void *out, size_t cap, const void *in, size_t len);
