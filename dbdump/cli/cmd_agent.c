/* cmd_agent.c - dbdump agent: what --source-host and --target-host start. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/agent/attach.h"
#include "dbdump/agent/serve.h"
#include "dbdump/agent/tell.h"
#include "dbdump/cli/cmd.h"
#include "dbdump/cli/far.h"
#include "dbdump/cli/work.h"
#include "xfer/base/exit.h"
#include "xfer/wire/frame.h"

enum { GO_MS = 200 };

static void on_progress(void *ctx, const struct progress *p)
{
	tell_progress(ctx, p);
}

static void on_warning(void *ctx, const char *text)
{
	tell_warning(ctx, text);
}

static void on_failure(void *ctx, const struct failure *f)
{
	tell_failure(ctx, f);
}

static void on_connected(void *ctx, bool source, const struct server_info *info, const struct snapshot *s)
{
	tell_connected(ctx, source, info, s);
}

static void on_answer(void *ctx, const void *data, size_t len)
{
	tell_answer(ctx, data, len);
}

static bool read_input(uint8_t *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(STDIN_FILENO, to + at, len - at);
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		at += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* An answer on standard input, behind its length. */
static int go(void *ctx, struct buf *answer, struct err *err)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	uint8_t word[4];
	(void)ctx;
	if (poll(&p, 1, GO_MS) <= 0)
		return 0;
	bool whole = read_input(word, sizeof word);
	struct reader in = reader_of(word, sizeof word);
	uint32_t len = whole ? reader_u32(&in) : 0;
	uint8_t *to = len <= FRAME_MAX ? buf_reserve(answer, len) : NULL;
	if (!to || !whole || !read_input(to, len))
		return err_say(err, -ECONNRESET, "who wanted the archive is gone");
	answer->len += len;
	return 1;
}

/* The two operands: a borrowed list. */
static int parse(struct ends *ends, const struct order *o, struct err *err)
{
	char pipe_name[] = "-";
	char *words[] = { o->uri, o->uri };
	words[o->role == ORDER_DUMP] = pipe_name;
	const struct strings operands = { words, 2 };
	return ends_parse(ends, &operands, o->role == ORDER_DUMP ? ARGS_DUMP : ARGS_LOAD, err);
}

/* How the only database is called at the destination: what the path of its URI says. */
static int name_destination(struct ends *ends, const struct order *o, struct err *err)
{
	for (size_t i = 0; i < o->databases.count; i++)
		if (strings_add(&ends->at[1].databases, o->databases.at[i], strlen(o->databases.at[i])))
			return err_set(err, -ENOMEM, "the order");
	return 0;
}

static int work(const struct order *o, int tells)
{
	AUTO(teller_fini) struct teller teller;
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(report_fini) struct report report = { 0 };
	teller_init(&teller, agent_tell, &tells);
	const bool dump = o->role == ORDER_DUMP;
	const struct observer observer = { .progress = on_progress,
					   .warn = on_warning,
					   .failure = on_failure,
					   .connected = on_connected,
					   .answer = dump ? NULL : on_answer,
					   .go = dump ? go : NULL,
					   .ctx = &teller,
					   .quit = &cmd_quit };
	int rc = parse(&ends, o, &report.error);
	if (rc == 0 && dump)
		rc = name_destination(&ends, o, &report.error);
	if (rc < 0)
		report.status = ends_status(rc);
	else
		work_run(&report,
			 &(struct work){ dump ? ARGS_DUMP : ARGS_LOAD, &o->options, &ends, &observer });
	rc = tell_report(&teller, &report);
	return rc < 0 && report.status == EXIT_OK ? EXIT_FILE_IO : report.status;
}

int far_here(int fd, int silence)
{
	return agent_serve(fd, silence, work, &cmd_quit);
}

/* Standard input and output are the link's alone: what stands there from now on is /dev/null. */
int cmd_agent(void)
{
	int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (in < 0 || out < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return EXIT_START;
	close(null);
	return attach_run(in, out, far_here, &cmd_quit);
}
