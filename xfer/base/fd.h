/* fd.h - descriptors: closing by attribute, and transfers that are whole or an error. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For AUTO(). */
void fd_closep(int *fd);
void fd_free_buffer(void *p); /* void **: a malloc'ed buffer */

/* Reads n bytes at offset; fewer only at the end of the file. Bytes or -errno. */
ssize_t fd_read_at(int fd, void *to, size_t n, uint64_t offset);
/* Writes all n bytes at offset. 0 or -errno. */
int fd_write_at(int fd, const void *from, size_t n, uint64_t offset);

/* The nearest directory above path that is there, opened with O_PATH; or -errno. */
int fd_open_above(const char *path);
