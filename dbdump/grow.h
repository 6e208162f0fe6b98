/* grow.h - arrays that grow by one, for lists whose length is known by the count alone. Pure. */
#pragma once
#include <stddef.h>

/* Room for one more element of size bytes behind count: the array, perhaps elsewhere, the element zeroed; NULL: no memory, and the
 * array is as it was. Room is made by the count, so an array grows through this function only. */
void *grow_by_one(void *array, size_t count, size_t size);
