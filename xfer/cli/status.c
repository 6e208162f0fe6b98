#include "xfer/cli/status.h"

#include <errno.h>

#include "xfer/base/exit.h"

int status_of(int code)
{
	switch (code) {
	case 0:
		return EXIT_OK;
	case -EINVAL:
		return EXIT_USAGE;
	case -EPROTO:
		return EXIT_PROTOCOL;
	case -ENOENT:
	case -EXDEV:
	case -ENOTDIR:
	case -EISDIR:
	case -ELOOP:
		return EXIT_SELECT;
	case -EBADMSG:
		return EXIT_STREAM;
	case -ECONNRESET:
	case -EPIPE:
	case -ECONNREFUSED:
	case -ESHUTDOWN:
		return EXIT_CONNECTION;
	case -EINTR:
		return EXIT_INTERRUPTED;
	case -ETIME:
		return EXIT_DEADLINE;
	case -ETIMEDOUT:
		return EXIT_TIMEOUT;
	case -ENOMEM:
	case -EBUSY: /* another run is at it */
	case -EMFILE:
	case -ENFILE:
		return EXIT_START;
	default:
		return EXIT_FILE_IO;
	}
}
