#include "xfer/cli/config.h"

#include <errno.h>
#include <string.h>

#include "xfer/cli/args.h"
#include "xfer/base/strings.h"

int config_put(struct buf *out, enum config_role role, unsigned tell, const struct strings *operands,
	       const struct options *o)
{
	buf_u8(out, (uint8_t)role);
	buf_u8(out, (uint8_t)tell);
	buf_varint(out, operands->count);
	for (size_t i = 0; i < operands->count; i++)
		buf_string(out, operands->at[i], strlen(operands->at[i]));
	int r = args_pack(out, o);
	return r < 0 ? r : out->failed ? -EMSGSIZE : 0;
}

void config_init(struct config *c)
{
	*c = (struct config){ 0 };
	options_init(&c->options);
}

static int bad(struct err *err)
{
	return err_set(err, -EPROTO, "the configuration does not parse");
}

static bool is_legal(const struct config *c)
{
	switch (c->role) {
	case CONFIG_SEND:
		return true;
	case CONFIG_RECEIVE:
		return c->operands.count >= 1;
	case CONFIG_RECEIVE_HERE:
	case CONFIG_STREAM_FROM:
	case CONFIG_STREAM_TO:
		return c->operands.count == 1;
	}
	return false;
}

int config_get(struct config *c, const uint8_t *data, size_t len, struct err *err)
{
	struct reader r = reader_of(data, len);
	c->role = (enum config_role)reader_u8(&r);
	c->tell = reader_u8(&r);
	uint64_t count = reader_varint(&r);
	for (uint64_t i = 0; i < count && !r.failed; i++) {
		size_t n;
		const char *p = reader_string(&r, &n, ARGS_STRING_MAX);
		if (!p || memchr(p, '\0', n))
			return bad(err);
		if (strings_add(&c->operands, p, n) < 0)
			return err_set(err, -ENOMEM, "configuration");
	}
	if (r.failed || !is_legal(c))
		return bad(err);
	return args_unpack(&c->options, r.at, (size_t)(r.end - r.at), err);
}

void config_fini(struct config *c)
{
	strings_fini(&c->operands);
	options_fini(&c->options);
}

enum link_compress config_compress(const struct options *o, bool same_host)
{
	if (o->compress == COMPRESS_ALWAYS)
		return LINK_PACKED;
	/* within a host there is no link to be spared */
	return o->compress == COMPRESS_AUTO && !same_host ? LINK_ADAPTIVE : LINK_PLAIN;
}
