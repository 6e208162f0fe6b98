/* program.h - the static xfer, as bytes to be sent to another host. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

struct program {
	uint8_t *data;
	size_t size;
	const char *machine; /* that it runs on, as uname -m there calls it */
};

/* Reads it from file; NULL: from where make or make install put it beside the program that runs, or that one itself
 * when it is static. -ENOENT with what would help, -ENOEXEC when it is no static 64-bit program for Linux, or -errno. */
int program_load(struct program *p, const char *file, struct err *err);
void program_fini(struct program *p);
