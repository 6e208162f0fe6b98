/* instance.h - which mounting, in which boot, of a file system this is: when it is still the same, nothing was lost that was
 * written to it. */
#pragma once
#include <stdint.h>

/* Of the file system that fd is on; 0: not known. */
uint64_t instance_of(int fd);
