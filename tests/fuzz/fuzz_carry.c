/* A copy of two agents, both of which say what they like behind their HELLO, each in a process of its own: it ends, with a status and a
 * report that can be printed.
 *
 *   input = varint length, what the agent beside the source says, as session.h has frames; what the one beside the destination says */
#include "tests/fuzz/session.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "dbdump/agent/carry.h"
#include "tests/fuzz/telling.h"
#include "xfer/wire/hello.h"

enum { CARRY_SECONDS = 20 };

static volatile int quit;
static struct reader said[CARRY_ENDS];
static atomic_uint *started; /* in memory of all: the destination's is the first */

static int say(int fd, int silence)
{
	struct link *l;
	struct chan *chan;
	struct frame f;
	struct err err;
	uint8_t how;
	struct reader *in = &said[atomic_fetch_add(started, 1) ? CARRY_FROM : CARRY_TO];
	(void)silence;
	alarm(CARRY_SECONDS);
	if (chan_open_fds(&chan, fd, fd, &err) < 0 || link_new(&l, chan, LINK_PLAIN, &err) < 0 ||
	    hello_send(l, &err) < 0)
		return 1;
	while (session_frame(&f, &how, in))
		if (f.type != SESSION_RAW && link_send(l, f.type, f.offset, f.data, f.len, &err) < 0)
			return 1;
	if (link_flush(l, &err) < 0)
		return 1;
	chan_shut_write(chan);
	while (link_recv(l, &f, &err) >= 0)
		;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct observer observer = { .quit = &quit };
	struct report report = { 0 };
	struct strings words = { 0 };
	struct carry_job job = { .observer = &observer, .here = say };
	struct reader in = reader_of(data, size);
	size_t len;
	const uint8_t *one = fuzz_part(&in, &len);
	if (in.failed || size > SESSION_MAX / FRAME_HEAD)
		return 0;
	if (!started)
		started = mmap(NULL, sizeof *started, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			       0);
	CHECK(started != MAP_FAILED);
	atomic_store(started, 0);
	said[CARRY_FROM] = reader_of(one, len);
	said[CARRY_TO] = in;
	for (int i = 0; i < CARRY_ENDS; i++)
		job.ends[i].order = (struct order){ .role = i == CARRY_FROM ? ORDER_DUMP : ORDER_LOAD,
						    .uri = (char *)(uintptr_t) "mysql:///" };
	int status = carry_run(&report, &words, &job);
	CHECK(status == report.status && status >= 0 && status <= 255);
	CHECK(status || !report.error.code);
	telling_print(&report);
	report_fini(&report);
	strings_fini(&words);
	return 0;
}
