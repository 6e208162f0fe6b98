/* blocks.c - large blocks for the fuzz targets (by the linker's --wrap): a link and a receiver take tens of megabytes
 * that an input hardly touches, and ASan's bookkeeping for them would cost ten times the run itself. Blocks of LARGE bytes
 * and more are kept for the next input, zeroed, with a page behind them that nobody may touch. One thread. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE = 512 * 1024, PAGE = 4096, BLOCKS = 32 };

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);

static struct block {
	uint8_t *at;
	size_t size; /* whole pages; the last bytes of them are handed out */
	void *out;   /* NULL: free */
} blocks[BLOCKS];

/* NULL when the table is full: then it is ASan's. */
static void *take(size_t n)
{
	size_t size = (n + PAGE - 1) / PAGE * PAGE;
	for (size_t i = 0; i < BLOCKS; i++) {
		struct block *b = &blocks[i];
		if (b->out || (b->at && b->size != size))
			continue;
		if (!b->at) {
			b->at = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1, 0);
			if (b->at == MAP_FAILED || mprotect(b->at + size, PAGE, PROT_NONE) != 0)
				abort();
			b->size = size;
		}
		/* 16 bytes of alignment may leave a few bytes behind it */
		return b->out = b->at + (size - n) / 16 * 16;
	}
	return NULL;
}

void *__wrap_malloc(size_t n)
{
	void *p = n >= LARGE ? take(n) : NULL;
	return p ? p : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes) || bytes < LARGE)
		return __real_calloc(n, size);
	void *p = take(bytes); /* new, or zeroed when it was given back */
	return p ? p : __real_calloc(n, size);
}

void __wrap_free(void *p)
{
	for (size_t i = 0; p && i < BLOCKS; i++)
		if (blocks[i].out == p) {
			blocks[i].out = NULL;
			madvise(blocks[i].at, blocks[i].size,
				MADV_DONTNEED); /* zeros again, and only what was touched costs */
			return;
		}
	__real_free(p);
}
