#include "dbdump/outcome.h"

#include <errno.h>

enum exit_status outcome_of_error(int code)
{
	switch (code) {
	case 0:
		return EXIT_OK;
	case -EINVAL:
		return EXIT_USAGE;
	case -ENOENT:
		return EXIT_SELECT;
	case -EPERM:
	case -EPROTONOSUPPORT:
		return EXIT_START;
	case -ECONNREFUSED:
	case -ECONNABORTED:
	case -EACCES:
	case -ECONNRESET:
	case -ESTALE:
		return EXIT_CONNECTION;
	case -ENOSPC:
	case -EPIPE: /* what is written to a file, or read from one, is not as it should be any more */
		return EXIT_FILE_IO;
	case -EPROTO:  /* no archive */
	case -EBADMSG: /* one without a whole begin or definitions */
		return EXIT_STREAM;
	case -EINTR:
		return EXIT_INTERRUPTED;
	case -ETIME:
		return EXIT_DEADLINE;
	case -ENOTEMPTY:
		return EXIT_REFUSED;
	default: /* the server's own errors, locks that were not to be had, no memory: nothing went on after it */
		return EXIT_PARTIAL;
	}
}

bool outcome_ends_run(int code)
{
	switch (code) {
	case -ECONNREFUSED:
	case -ECONNABORTED:
	case -ECONNRESET:
	case -ESTALE:
	case -ENOSPC:
	case -EPIPE:
	case -EINTR:
	case -ETIME:
	case -ENOMEM:
	case -ECANCELED:
		return true;
	default:
		return false;
	}
}

static bool rows_differ(const struct report *r)
{
	for (size_t i = 0; i < r->table_count; i++)
		if (r->tables[i].verdict >= VERDICT_DIFFERENT && r->tables[i].verdict != VERDICT_FAILED)
			return true;
	return false;
}

enum exit_status outcome_of_report(const struct report *r)
{
	if (r->error.code)
		return outcome_of_error(r->error.code);
	if (rows_differ(r))
		return EXIT_DIFFERENT;
	if (r->failure_count) /* objects may be different because of them */
		return EXIT_PARTIAL;
	return r->object_count ? EXIT_DIFFERENT : EXIT_OK;
}
