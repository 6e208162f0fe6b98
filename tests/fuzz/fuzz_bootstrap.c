/* How a program gets to a host that has none: what a remote shell says, and the file that is to be sent there. The program
 * has arrived only where the shell asked for it and said so after all of it was taken, and what stands behind that is left
 * to be read; a file is sent only if it is a static one.
 *
 *   input = u8 which, what the shell says | the file */
#include "tests/fuzz/fuzz.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xfer/cli/bootstrap.h"

enum { HEARD_MOST = 1 << 16, LINE_MOST = 999 };

/* Is there a line that ends with just this? *at comes to its end. NULs are nothing, and a line goes on only so far. */
static bool find_line(const char *wanted, const uint8_t **at, const uint8_t *end)
{
	char line[LINE_MOST + 1];
	size_t n = strlen(wanted), len = 0;
	while (*at < end) {
		char c = (char)*(*at)++;
		if (c && c != '\n' && len < LINE_MOST)
			line[len++] = c;
		if (c != '\n')
			continue;
		if (len >= n && !memcmp(line + len - n, wanted, n))
			return true;
		len = 0;
	}
	return false;
}

static void talk(const uint8_t *data, size_t size)
{
	static uint8_t image[] = "the program", got[64];
	static char machine[] = "x86_64";
	const struct program p = { image, sizeof image, machine };
	const struct bootstrap_wait w = { .host = "there", .timeout = 5 };
	struct chan *chan;
	struct err err = { 0 };
	int fds[2], room = 2 * HEARD_MOST;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	CHECK(!size || write(fds[1], data, size) == (ssize_t)size);
	shutdown(fds[1], SHUT_WR);
	CHECK(chan_open_fds(&chan, fds[0], fds[0], &err) == 0);
	int r = bootstrap_send(&p, chan, &w, &err);
	CHECK(r == 0 || r == -ENOEXEC || r == -ECONNRESET || r == -EPROTO);
	CHECK(r == 0 || (err.code == r && !strncmp(err.text, "there: ", 7)));
	const uint8_t *at = data, *end = data + size;
	bool go = find_line("xfer-bootstrap go Linux x86_64", &at, end);
	bool ok = go && find_line("xfer-bootstrap ok", &at, end);
	AUTO(fuzz_freep) uint8_t *rest = malloc(size + 1);
	CHECK(rest);
	ssize_t n = r == 0 ? chan_read(chan, rest, size + 1) : 0;
	if (r == 0)
		CHECK(ok && n == end - at && !memcmp(rest, at, (size_t)n));
	chan_close(chan);
	n = read(fds[1], got, sizeof got);
	CHECK(n <= 0 || (go && (size_t)n <= sizeof image && !memcmp(got, image, (size_t)n)));
	CHECK(r < 0 || n == sizeof image);
	close(fds[1]);
}

static void file(const uint8_t *data, size_t size)
{
	char path[40];
	struct program p;
	struct err err = { 0 };
	Elf64_Ehdr head;
	int fd = memfd_create("program", MFD_CLOEXEC);
	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int r = program_load(&p, path, &err);
	CHECK(r == 0 || (r == -ENOEXEC && err.code == r && err.text[0]));
	if (r == 0) {
		CHECK(p.size == size && !memcmp(p.data, data, size) && p.machine[0]);
		CHECK(size >= sizeof head);
		memcpy(&head, data, sizeof head);
		CHECK(!memcmp(head.e_ident, ELFMAG, SELFMAG));
		CHECK(head.e_phoff + (uint64_t)head.e_phnum * sizeof(Elf64_Phdr) <= size);
		AUTO(fuzz_freep) char *command = bootstrap_command(&p);
		CHECK(command && !strpbrk(command + strlen("exec sh -c '"), "\n\\!"));
	}
	program_fini(&p);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > HEARD_MOST / 2)
		return 0;
	if (data[0] & 1)
		talk(data + 1, size - 1);
	else
		file(data + 1, size - 1);
	return 0;
}
