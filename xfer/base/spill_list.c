#include "xfer/base/spill_list.h"

struct spill_list spill_list_on(const struct spill *s)
{
	uint64_t end = spill_end(s);
	return (struct spill_list){ end, end, end };
}

int spill_list_put(struct spill_list *l, struct spill *s, const void *record, size_t len, struct err *err)
{
	CHECK(len && len <= SPILL_RECORD && spill_end(s) == l->end);
	uint16_t head = (uint16_t)len;
	int r = spill_write(s, l->end, &head, sizeof head, err);
	if (r == 0)
		r = spill_write(s, l->end + sizeof head, record, len, err);
	if (r == 0)
		l->end += sizeof head + len;
	else
		spill_cut(s, l->end);
	return r;
}

int spill_list_take(struct spill_list *l, struct spill *s, void *to, size_t cap, struct err *err)
{
	uint16_t len;
	if (spill_list_empty(l))
		return 0;
	int r = spill_read(s, l->next, &len, sizeof len, err);
	CHECK(r < 0 || len <= cap);
	if (r == 0)
		r = spill_read(s, l->next + sizeof len, to, len, err);
	if (r < 0)
		return r;
	l->next += sizeof len + len;
	return len;
}

void spill_list_drop(struct spill_list *l, struct spill *s)
{
	spill_cut(s, l->first);
	l->next = l->end = l->first;
}
