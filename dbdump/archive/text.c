#include "dbdump/archive/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A length is one more than it is: 0 is NULL. */
void put_text(struct buf *out, const char *s)
{
	size_t len = s ? strlen(s) : 0;
	buf_varint(out, s ? len + 1 : 0);
	buf_bytes(out, s, len);
}

void put_texts(struct buf *out, const struct strings *list)
{
	buf_varint(out, list->count);
	for (size_t i = 0; i < list->count; i++)
		put_text(out, list->at[i]);
}

/* Borrowed, not terminated; NULL for NULL and for a failure. */
static const char *get(struct reader *in, size_t *len)
{
	uint64_t n = reader_varint(in);
	*len = 0;
	if (in->failed || n == 0)
		return NULL;
	if (n - 1 > (uint64_t)(in->end - in->at)) {
		in->failed = true;
		return NULL;
	}
	*len = (size_t)(n - 1);
	const char *s = (const char *)reader_bytes(in, *len);
	in->failed = in->failed || (*len && memchr(s, '\0', *len));
	return in->failed ? NULL : s;
}

char *get_text(struct reader *in)
{
	size_t len;
	const char *s = get(in, &len);
	char *copy = s ? strndup(s, len) : NULL;
	in->failed = in->failed || (s && !copy);
	return copy;
}

void get_texts(struct reader *in, struct strings *list)
{
	uint64_t count = reader_varint(in);
	for (uint64_t i = 0; i < count && !in->failed; i++) {
		size_t len;
		const char *s = get(in, &len);
		if (!s || strings_add(list, s, len))
			in->failed = true;
	}
}

void get_words(struct reader *in, char *to, size_t cap)
{
	size_t len;
	const char *s = get(in, &len);
	snprintf(to, cap, "%.*s", (int)(len < cap ? len : cap), s ? s : "");
}
