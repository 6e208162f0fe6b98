/* config.h - what the user's side tells the other to do: the payload of the CONFIG frames, the last of which is empty.
 *
 *   u8 role, u8 what is to be told, varint n and n strings: the operands, then the packed options (args.h)
 *
 * The operands are a sender's sources, or a receiver's destination, behind which stands what an end that it cannot trust was
 * asked for. Pure but for memory. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/base/err.h"
#include "xfer/tree/options.h"
#include "xfer/wire/link.h"

enum { CONFIG_MAX = 80 << 20 };

enum config_role {
	CONFIG_SEND = 's',
	CONFIG_RECEIVE = 'r',
	CONFIG_RECEIVE_HERE = 'l', /* both ends are on the user's machine */
	CONFIG_STREAM_FROM = 'i',  /* reads the one operand into a stream (tree/stream.h) */
	CONFIG_STREAM_TO = 'o',	   /* writes the stream to it */
};

/* Bits of what is to be told. */
enum config_tell { CONFIG_TELL_ITEMS = 1, CONFIG_TELL_PROGRESS = 2 };

struct config {
	enum config_role role;
	unsigned tell; /* enum config_tell */
	struct strings operands;
	struct options options;
};

/* Appends the packed form to *out, whose limit should be CONFIG_MAX. 0, or -EMSGSIZE or -ENOMEM. */
int config_put(struct buf *out, enum config_role role, unsigned tell, const struct strings *operands,
	       const struct options *o);

/* For the side that is told. config_get takes what came from the peer; -EPROTO, or as args_unpack. */
void config_init(struct config *c);
int config_get(struct config *c, const uint8_t *data, size_t len, struct err *err);
void config_fini(struct config *c);

/* What either end compresses of what it sends. */
enum link_compress config_compress(const struct options *o, bool same_host);
