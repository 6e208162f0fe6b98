/* outcome.h - which exit status an error or a report has. The only place that decides. Pure. */
#pragma once
#include "dbdump/report.h"
#include "xfer/base/exit.h"

/* Of an error that ended the run, as engine.h lists them; and -EINVAL (usage), -ETIME (deadline). */
enum exit_status outcome_of_error(int code);

/* Nothing that follows can succeed either: the connection or the destination's disk is gone, memory, time or patience are out.
 * Any other error is of what it was met at, and the rest goes on. */
bool outcome_ends_run(int code);

/* Of a report: its error's, else a difference in rows, else failures, else any other difference. */
enum exit_status outcome_of_report(const struct report *r);
