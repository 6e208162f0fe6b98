#include "dbdump/room.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* So many times what its rows take a source may take on disk that much was deleted from. */
enum { SPARSE = 4 };

static const struct check small[] = {
	{ .code = "disk",
	  .severity = SEVERITY_CERTAIN,
	  .kind = CHECK_TARGET,
	  .reason =
		  "the source's data and indexes take $1 bytes, and where the destination keeps its data $2 are left",
	  .remedy = "make room there, or copy less" },
	{ .code = "disk",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_TARGET,
	  .reason =
		  "the source's data and indexes take $1 bytes, and where the destination keeps its data $2 are left",
	  .remedy = "make room there, or copy less" },
};

static int unknown(const struct asker *a, const struct room *r, const char *why, struct err *err)
{
	char text[160];
	snprintf(text, sizeof text,
		 "the copy takes about %" PRIu64 " bytes there, and how many are left is not known: %s",
		 r->wanted, why);
	return findings_unseen(a->found, "disk room at the destination", text) ? err_set(err, -ENOMEM, "room")
									       : 0;
}

int room_look(const struct asker *a, const struct room *r, struct err *err)
{
	struct statvfs fs;
	char wanted[24], left[24];
	if (!r->local)
		return unknown(a, r, "it is reached over the network", err);
	if (!r->dir || !*r->dir || statvfs(r->dir, &fs) < 0)
		return unknown(a, r, "its data directory is not told, or is not of this machine", err);
	uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize + r->freed;
	snprintf(wanted, sizeof wanted, "%" PRIu64, r->wanted);
	snprintf(left, sizeof left, "%" PRIu64, room);
	const char *const cells[] = { "server", "", "", wanted, left };
	if (room >= r->wanted)
		return 0;
	return checks_found(a, &small[room >= r->wanted / SPARSE], cells, sizeof cells / sizeof *cells, err);
}
