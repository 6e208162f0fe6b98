#include "dbdump/archive/hello.h"

#include <errno.h>

#include "dbdump/archive/text.h"

void hello_pack(struct buf *out, const struct hello *h)
{
	put_text(out, h->engine);
	put_text(out, h->program);
	buf_u64(out, h->taken);
	put_texts(out, &h->databases);
	buf_u8(out, h->one_section);
	buf_u8(out, (uint8_t)(h->schema_only | h->data_only << 1 | h->users << 2));
	put_texts(out, &h->only);
	put_texts(out, &h->except);
	put_texts(out, &h->sources);
}

int hello_unpack(struct hello *out, const uint8_t *data, size_t len)
{
	struct reader in = reader_of(data, len);
	*out = (struct hello){ 0 };
	get_words(&in, out->engine, sizeof out->engine);
	get_words(&in, out->program, sizeof out->program);
	out->taken = reader_u64(&in);
	get_texts(&in, &out->databases);
	out->one_section = reader_u8(&in);
	uint8_t flags = reader_u8(&in);
	out->schema_only = flags & 1;
	out->data_only = flags & 2;
	out->users = flags & 4;
	get_texts(&in, &out->only);
	get_texts(&in, &out->except);
	get_texts(&in, &out->sources);
	if (reader_done(&in) && out->databases.count && out->sources.count == out->databases.count)
		return 0;
	hello_fini(out);
	return -EBADMSG;
}

void hello_fini(struct hello *h)
{
	strings_fini(&h->databases);
	strings_fini(&h->sources);
	strings_fini(&h->only);
	strings_fini(&h->except);
	*h = (struct hello){ 0 };
}
