#include "xfer/codec/cksum.h"

static uint32_t add(uint32_t crc, uint8_t byte)
{
	crc ^= (uint32_t)byte << 24;
	for (int i = 0; i < 8; i++)
		crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7 : 0);
	return crc;
}

uint32_t cksum_of(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t crc = 0;
	for (size_t i = 0; i < len; i++)
		crc = add(crc, p[i]);
	/* then the length, in as many bytes as it needs */
	for (; len; len >>= 8)
		crc = add(crc, (uint8_t)len);
	return ~crc;
}
