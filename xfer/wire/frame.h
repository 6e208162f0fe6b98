/* frame.h - one frame of the xfer stream: 24-byte head, then payload.
 *
 *   0       4       6       8           16       20          24
 *   | len32 | type16| chan16| offset64  | head32 | payload32 | payload[len] ...
 *
 * Little-endian. len <= FRAME_MAX. head32 is the low half of XXH3-64 of bytes 0-15, so that a damaged length is seen at
 * once and not waited for; payload32 that of the payload as it is on the wire, seeded with head32. They guard the link;
 * a file's content has a hash of its own.
 * FRAME_PACKED in the type says that the payload is one zstd frame. chan is 0: room for streams.
 * Pure: no descriptors, no allocation, no globals; any thread may call it. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FRAME_HEAD = 24, FRAME_MAX = 1 << 20 };

enum frame_type {
	FRAME_HELLO = 1, /* both, first: hello.h */
	FRAME_CONFIG,	 /* client: what to do; a packed job (tree/job.h) */
	FRAME_START,	 /* sender: its roots are open */
	FRAME_READY,	 /* receiver: its root is open */
	FRAME_LIST,	/* sender: records of the walk (tree/entry.h); offset: seq of the first entry in it */
	FRAME_WANT,	/* receiver: decisions (tree/entry.h); offset: all entries below it are decided */
	FRAME_BUNDLE,	/* sender: small files whole (tree/entry.h) */
	FRAME_FILE,	/* sender: a large file begins (tree/entry.h); offset: its seq */
	FRAME_DATA,	/* sender: one chunk of it at offset */
	FRAME_FILE_END, /* sender: its hash and how it went; offset: its seq */
	FRAME_DONE,	/* sender: all entries listed, all wants answered; its counters */
	FRAME_FINAL,	/* receiver: all is in place; its counters */
	FRAME_NOTE,	/* server: something to tell the user (note.h) */
	FRAME_ABORT,	/* either: exit status and a sentence; nothing follows */
	FRAME_PING,	/* either: I am alive; nothing to do */
	FRAME_BASE, /* receiver: what it has of a large file (tree/signature.h); offset: its seq. Since version 2 */
	FRAME_COPY, /* sender: what to take of that (tree/entry.h); offset: where it goes. Since version 2 */
	FRAME_TYPES,
	FRAME_PACKED = 0x8000,
};

struct frame {
	uint16_t type; /* enum frame_type, perhaps | FRAME_PACKED */
	uint16_t chan;
	uint64_t offset;
	const uint8_t *data; /* borrowed: valid while the parsed buffer is */
	uint32_t len;
};

/* Writes the FRAME_HEAD bytes that announce f. */
void frame_pack(uint8_t head[static FRAME_HEAD], const struct frame *f);

/* Parses one frame from the front of buf. Returns the bytes consumed, 0 when
 * more are needed, -EBADMSG when the peer is broken or the hash differs. */
ssize_t frame_parse(struct frame *out, const uint8_t *buf, size_t len);
