/* cksum.h - the checksum that POSIX's cksum prints: for hosts where no other program can be counted on. Against
 * accidents only. Pure. */
#pragma once
#include <stddef.h>
#include <stdint.h>

uint32_t cksum_of(const void *data, size_t len);
