/* other_version.c - a peer of another version: other_version OLDEST NEWEST [anything...] says HELLO with these versions of the
 * protocol on standard output, and reads until the other side ends. As a remote shell it is a server, in a pipe a client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/wire/frame.h"

int main(int argc, char **argv)
{
	uint8_t payload[64] = { 0 }, head[FRAME_HEAD], ignored[4096];
	const uint8_t boot[16] = { 1 };
	struct buf b = { .data = payload, .cap = sizeof payload, .limit = sizeof payload };
	if (argc < 3)
		return 1;
	buf_bytes(&b, "xfer", 4);
	buf_u32(&b, (uint32_t)strtoul(argv[1], NULL, 10));
	buf_u32(&b, (uint32_t)strtoul(argv[2], NULL, 10));
	buf_bytes(&b, boot, sizeof boot);
	buf_string(&b, "9.9", 3);
	struct frame f = { .type = FRAME_HELLO, .data = payload, .len = (uint32_t)b.len };
	frame_pack(head, &f);
	fwrite(head, 1, sizeof head, stdout);
	fwrite(payload, 1, b.len, stdout);
	if (fflush(stdout) != 0)
		return 1;
	while (read(STDIN_FILENO, ignored, sizeof ignored) > 0)
		;
	return 0;
}
