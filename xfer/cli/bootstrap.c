#include "xfer/cli/bootstrap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/codec/cksum.h"

enum { TICK_MS = 200, LINE = 1000, HEARD_MAX = 1 << 16 };

#define PREFIX "xfer-bootstrap "

/* Any login shell hands this on to sh: it has no single quote, line break, backslash or exclamation mark. n and c are
 * the program's size and cksum. An empty file that may be executed is an empty script: that is how noexec is found.
 * File 8 is the program to write, 9 to run. A busybox may lack cksum; then the size must do, and ssh's own checks. */
static const char script[] =
	"z() { rm -rf \"$t\"; }; f=; w=; "
	"for d in \"${TMPDIR:-/tmp}\" \"${HOME:-/tmp}/.cache\" /var/tmp /dev/shm \"${HOME:-/tmp}\"; do "
	"t=$(mktemp -d \"$d/.xfer-run.XXXXXX\" 2>/dev/null) || { w=\"$w; $d: not writable\"; continue; }; "
	"trap z EXIT; trap \"exit 1\" HUP INT TERM PIPE; "
	"k=$(df -Pk \"$t\" 2>/dev/null | { read -r l; read -r a b u k l; echo \"$k\"; }); "
	"if [ \"$k\" -le $((n / 1024)) ] 2>/dev/null; then w=\"$w; $d: $k KB free\"; "
	"elif { true >\"$t/x\" && chmod 700 \"$t/x\" && \"$t/x\"; } </dev/null 2>/dev/null; then f=$t/x; break; "
	"else w=\"$w; $d: no program may run there (noexec)\"; fi; z; done; "
	"[ \"$f\" ] || { echo \"" PREFIX "no place for a program of $((n / 1024)) KB$w\"; exit 1; }; "
	"exec 8>\"$f\" 9<\"$f\"; z; trap - EXIT HUP INT TERM PIPE; "
	"[ -x /proc/self/fd/9 ] || { echo \"" PREFIX "no /proc is mounted there\"; exit 1; }; "
	"echo \"" PREFIX "go $(uname -s) $(uname -m)\"; head -c \"$n\" >&8; exec 8>&-; "
	"if k=$(cksum <&9 2>/dev/null); then set -- $k; else set -- \"$c\" $(wc -c <&9); fi; "
	"[ \"$1 $2\" = \"$c $n\" ] || { echo \"" PREFIX
	"no what arrived in $d is not what was sent (no room?)\"; exit 1; }; "
	"echo \"" PREFIX "ok\"; exec /proc/self/fd/9 serve --stdio";

struct talk {
	const struct program *program;
	struct chan *chan;
	const struct bootstrap_wait *w;
	bool asked; /* for the program */
	size_t sent, heard, len;
	char line[LINE];
};

char *bootstrap_command(const struct program *p)
{
	char *command;
	if (asprintf(&command, "exec sh -c 'n=%zu c=%u; %s'", p->size, cksum_of(p->data, p->size), script) <
	    0)
		return NULL;
	return command;
}

/* chan_wait's bits, with an eye on the clock and on the user. */
static int wait_for(const struct talk *t, struct err *err)
{
	uint64_t since = clock_now();
	for (;;) {
		if (t->w->quit && *t->w->quit)
			return err_say(err, -EINTR, "interrupted");
		int r = chan_wait(t->chan, true, t->asked && t->sent < t->program->size, TICK_MS);
		if (r > 0)
			return r;
		if (r < 0 && r != -EINTR)
			return err_set(err, r, "%s", t->w->host);
		if (t->w->timeout && clock_now() - since > (uint64_t)t->w->timeout * 1000000000)
			return err_say(err, -ETIMEDOUT, "%s: no answer for %d seconds", t->w->host,
				       t->w->timeout);
	}
}

static int check_machine(const struct talk *t, const char *there, struct err *err)
{
	char wanted[64];
	snprintf(wanted, sizeof wanted, "Linux %s", t->program->machine);
	if (strcmp(there, wanted) == 0)
		return 0;
	return err_say(err, -ENOEXEC, "%s: that host is a %s, and the program to send is for %s", t->w->host,
		       there, wanted);
}

/* 1: the program runs there. */
static int take_line(struct talk *t, struct err *err)
{
	/* a login may have said something without ending its line */
	const char *said = strstr(t->line, PREFIX);
	if (!said)
		return 0;
	said += strlen(PREFIX);
	if (strncmp(said, "no ", 3) == 0)
		return err_say(err, -ENOEXEC, "%s: %s", t->w->host, said);
	if (strncmp(said, "go ", 3) == 0 && !t->asked) {
		t->asked = true;
		return check_machine(t, said + 3, err);
	}
	if (strcmp(said, "ok") == 0 && t->asked && t->sent == t->program->size)
		return 1;
	return err_say(err, -EPROTO, "%s: not understood while xfer was brought there: %s", t->w->host, said);
}

/* One byte at a time: what follows the last line is for others. */
static int take_byte(struct talk *t, struct err *err)
{
	char byte;
	ssize_t n = chan_read(t->chan, &byte, 1);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n <= 0)
		return err_say(err, -ECONNRESET, "%s: the connection ended before xfer was there",
			       t->w->host);
	if (++t->heard > HEARD_MAX)
		return err_say(err, -EPROTO, "%s: what its shell says is not from our script", t->w->host);
	if (byte != '\n') {
		/* of a NUL, as a terminal has it, nothing is seen; it would hide our script's word behind it */
		if (byte && t->len < LINE - 1)
			t->line[t->len++] = byte;
		return 0;
	}
	t->line[t->len] = 0;
	t->len = 0;
	return take_line(t, err);
}

int bootstrap_send(const struct program *p, struct chan *c, const struct bootstrap_wait *w, struct err *err)
{
	struct talk t = { .program = p, .chan = c, .w = w };
	for (;;) {
		int ready = wait_for(&t, err);
		if (ready < 0)
			return ready;
		if (ready & 2) {
			struct iovec rest = { p->data + t.sent, p->size - t.sent };
			ssize_t n = chan_write(c, &rest, 1);
			/* when nobody takes it any more, what is there to be read says why */
			t.sent += n > 0 ? (size_t)n : n == -EAGAIN || n == -EINTR ? 0 : rest.iov_len;
		}
		int r = ready & 1 ? take_byte(&t, err) : 0;
		if (r)
			return r < 0 ? r : 0;
	}
}
