#include "xfer/base/spill_map.h"

#include <stdlib.h>

struct spill_map {
	struct spill *index; /* of each number: where its record begins, plus one; 0: nowhere */
	struct spill *log;   /* u16 length, bytes */
};

struct spill_map *spill_map_new(const char *dir, size_t memory)
{
	struct spill_map *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->index = spill_new(dir, memory);
	m->log = spill_new(dir, memory);
	if (!m->index || !m->log) {
		spill_map_free(m);
		return NULL;
	}
	return m;
}

void spill_map_free(struct spill_map *m)
{
	if (!m)
		return;
	spill_free(m->index);
	spill_free(m->log);
	free(m);
}

int spill_map_put(struct spill_map *m, uint64_t number, const void *record, size_t len, struct err *err)
{
	CHECK(len && len <= SPILL_MAP_RECORD);
	uint16_t head = (uint16_t)len;
	uint64_t at = spill_end(m->log), mark = at + 1;
	int r = spill_write(m->log, at, &head, sizeof head, err);
	if (r == 0)
		r = spill_write(m->log, at + sizeof head, record, len, err);
	return r < 0 ? r : spill_write(m->index, number * sizeof mark, &mark, sizeof mark, err);
}

int spill_map_get(struct spill_map *m, uint64_t number, void *to, size_t cap, struct err *err)
{
	uint16_t len;
	uint64_t mark;
	if (number >= spill_end(m->index) / sizeof mark)
		return 0;
	int r = spill_read(m->index, number * sizeof mark, &mark, sizeof mark, err);
	if (r < 0 || !mark)
		return r;
	r = spill_read(m->log, mark - 1, &len, sizeof len, err);
	CHECK(r < 0 || len <= cap);
	if (r == 0)
		r = spill_read(m->log, mark - 1 + sizeof len, to, len, err);
	return r < 0 ? r : len;
}
