#include "xfer/wire/hello.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "xfer/codec/hash.h"

/* Zeros when the kernel does not tell: then two hosts are never taken for one. */
static void boot_of_this_host(uint8_t boot[static 16])
{
	char text[64];
	memset(boot, 0, 16);
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t n = read(fd, text, sizeof text);
	close(fd);
	if (n > 0)
		memcpy(boot, hash_of(text, (size_t)n).byte, 16);
}

int hello_send(struct link *l, struct err *err)
{
	return hello_send_for(l, NULL, err);
}

int hello_send_for(struct link *l, const struct hello *behind, struct err *err)
{
	uint8_t bytes[128], boot[16];
	struct buf b = { .data = bytes, .cap = sizeof bytes, .limit = sizeof bytes };
	if (behind)
		memcpy(boot, behind->boot, sizeof boot);
	else
		boot_of_this_host(boot);
	buf_bytes(&b, "xfer", 4);
	buf_u32(&b, HELLO_OLDEST);
	buf_u32(&b, behind ? behind->version : HELLO_NEWEST);
	buf_bytes(&b, boot, sizeof boot);
	buf_string(&b, XFER_VERSION, strlen(XFER_VERSION));
	int r = link_send(l, FRAME_HELLO, 0, b.data, b.len, err);
	return r < 0 ? r : link_flush(l, err);
}

int hello_take(struct hello *out, const struct frame *f, struct err *err)
{
	static const uint8_t unknown[16];
	uint8_t boot[16];
	struct reader r = reader_of(f->data, f->len);
	const uint8_t *magic = reader_bytes(&r, 4);
	uint32_t oldest = reader_u32(&r), newest = reader_u32(&r);
	const uint8_t *peer = reader_bytes(&r, 16);
	size_t n;
	const char *program = reader_string(&r, &n, sizeof out->program - 1);
	if (f->type != FRAME_HELLO || r.failed || memcmp(magic, "xfer", 4) != 0)
		return err_set(err, -EPROTO, "the other side does not speak xfer's protocol");
	*out = (struct hello){ 0 };
	memcpy(out->program, program, n);
	memcpy(out->boot, peer, sizeof out->boot);
	if (oldest > HELLO_NEWEST || newest < HELLO_OLDEST)
		return err_set(
			err, -EPROTO,
			"the other side (xfer %s) speaks versions %u to %u of the protocol, this side (xfer %s) %d to %d",
			out->program, oldest, newest, XFER_VERSION, HELLO_OLDEST, HELLO_NEWEST);
	out->version = newest < HELLO_NEWEST ? newest : HELLO_NEWEST;
	boot_of_this_host(boot);
	out->same_host = memcmp(boot, out->boot, sizeof boot) == 0 && memcmp(boot, unknown, sizeof boot) != 0;
	return 0;
}
