/* telling.h - what the targets of agents share: whoever prints a report can print this one, and an error is one that people can read. */
#pragma once
#include <fcntl.h>

#include "dbdump/cli/report_event.h"
#include "dbdump/cli/report_text.h"
#include "tests/fuzz/fuzz.h"

static inline void telling_failed(int r, const struct err *err)
{
	CHECK(r < 0 && err->code == r && err->text[0] && memchr(err->text, '\0', sizeof err->text));
}

static inline void telling_print(const struct report *r)
{
	static int nowhere = -1;
	const struct report_style style = { .verbose = true };
	struct totals t;
	struct line line;
	struct event event;
	if (nowhere < 0)
		nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CHECK(totals_of(&t, r) == 0);
	line_init(&line, nowhere, 0);
	report_text(&line, r, &t, &style);
	CHECK(line_end(&line) == 0);
	line_fini(&line);
	event_init(&event, nowhere);
	CHECK(report_event(&event, "copy", r, &t) == 0);
	event_fini(&event);
}
