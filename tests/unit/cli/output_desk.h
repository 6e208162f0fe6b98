/* output_desk.h - an output whose three streams are temporary files, for the tests of output.h. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "xfer/base/exit.h"
#include "xfer/base/utf8.h"
#include "xfer/cli/output.h"

#define EVIL "a\033[2J\nb\xff\xc2\x9b"
#define EVIL_SHOWN "a\\#033[2J\\#012b\\#377\\#302\\#233"
#define EVIL_JSON "\"item\":\"a\\u001b[2J\\nb\\ufffd\\u009b\",\"item_bytes\":\"611b5b324a0a62ffc29b\""

/* Standard output, standard error and a log: each a temporary file while an output is open. */
enum { OUT, ERR, LOG, STREAMS, TEXT = 1 << 20 };

struct desk {
	struct options o;
	struct output *out;
	int fd[STREAMS], saved[2];
	char log_path[40];
	char *text[STREAMS];
};

static inline int desk_open(void **state)
{
	struct desk *d = calloc(1, sizeof *d);
	if (!d)
		return -1;
	for (int i = 0; i < STREAMS; i++) {
		snprintf(d->log_path, sizeof d->log_path, "/tmp/test_output.XXXXXX");
		d->fd[i] = mkostemp(d->log_path, O_APPEND);
		d->text[i] = malloc(TEXT);
		if (d->fd[i] < 0 || !d->text[i])
			return -1;
		if (i != LOG)
			unlink(d->log_path);
	}
	d->o.json_fd = -1;
	d->o.log_file = d->log_path;
	*state = d;
	return 0;
}

static inline int desk_close(void **state)
{
	struct desk *d = *state;
	unlink(d->log_path);
	for (int i = 0; i < STREAMS; i++) {
		close(d->fd[i]);
		free(d->text[i]);
	}
	free(d);
	return 0;
}

/* From here to finish() nothing may be asserted: what cmocka says would go astray. */
static inline struct output *start(struct desk *d, const char *verb)
{
	struct err err = { 0 };
	fflush(NULL);
	for (int i = OUT; i <= ERR; i++) {
		d->saved[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 10);
		dup2(d->fd[i], i + 1);
	}
	int rc = output_open(&d->out, &d->o, verb, &err);
	if (rc < 0)
		abort();
	return d->out;
}

static inline void finish(struct desk *d)
{
	output_close(d->out);
	for (int i = OUT; i <= ERR; i++) {
		dup2(d->saved[i], i + 1);
		close(d->saved[i]);
	}
	for (int i = 0; i < STREAMS; i++) {
		ssize_t n = pread(d->fd[i], d->text[i], TEXT - 1, 0);
		assert_true(n >= 0);
		d->text[i][n] = '\0';
	}
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in: %s", part, text);
}

/* No byte that acts on a terminal, in any of the three, save the newlines. */
static inline void assert_clean(struct desk *d)
{
	for (int i = 0; i < STREAMS; i++) {
		const char *s = d->text[i];
		for (size_t left = strlen(s), n; left; left -= n, s += n) {
			uint32_t point;
			n = utf8_next(s, left, &point);
			assert_true(n && (*s == '\n' || utf8_is_shown(point)));
		}
	}
}

static inline size_t count(const char *text, const char *part)
{
	size_t n = 0;
	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static inline struct report good_report(void)
{
	struct report r = {
		.items = { .total = 77591, .copied = 1204, .updated = 17, .deleted = 3, .unchanged = 76370 },
		.bytes = { .total = 4711222333, .read = 12345678, .sent = 9876543, .written = 12345678 },
		.proven = { .metadata = 76000, .transferred = 1204 },
		.seconds = { .connect = 0.25, .transfer = 11, .total = 12.345 },
		.proof = PROOF_METADATA,
		.have_digest = true,
		.io_source = "uring",
		.io_target = "plain",
		.peak_memory_source = 34 << 20,
	};
	memset(r.digest, 0xa5, sizeof r.digest);
	memset(r.peer_digest, 0xa5, sizeof r.peer_digest);
	return r;
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)
