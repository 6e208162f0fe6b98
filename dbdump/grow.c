#include "dbdump/grow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 8 };

void *grow_by_one(void *array, size_t count, size_t size)
{
	/* room for FIRST_ROOM, then for twice as many each time: it is full at those counts */
	bool full = count == 0 || (count >= FIRST_ROOM && (count & (count - 1)) == 0);
	void *grown = array;
	if (full)
		grown = reallocarray(array, count ? count * 2 : FIRST_ROOM, size);
	if (grown)
		memset((char *)grown + count * size, 0, size);
	return grown;
}
