/* preflight_disk.c - preflight.h's look for room at the destination. */
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/preflight.h"
#include "dbdump/room.h"

static const char sizes[] =
	"SELECT TABLE_SCHEMA, TABLE_NAME, COALESCE(DATA_LENGTH + INDEX_LENGTH, 0) FROM information_schema.TABLES WHERE"
	" TABLE_SCHEMA IN ($D) AND TABLE_TYPE <> 'VIEW'";

static int sum(struct look *l, enum check_end end, uint64_t *bytes, struct err *err)
{
	AUTO(answer_fini) struct answer a = { 0 };
	int status = look_ask(l, end, sizes, &a, err);
	for (size_t i = 0; !status && i < answer_rows(&a); i++)
		if (session_wants(&l->at[end], answer_cell(&a, i, 0), answer_cell(&a, i, 1)))
			*bytes += strtoull(answer_cell(&a, i, 2), NULL, 10);
	return status;
}

int look_disk(struct look *l, struct err *err)
{
	struct room room = { 0 };
	AUTO(answer_fini) struct answer dir = { 0 };
	if (l->job->options->schema_only)
		return 0;
	int status = sum(l, END_SOURCE, &room.wanted, err);
	if (!status && l->job->options->drop_existing)
		status = sum(l, END_TARGET, &room.freed, err);
	if (!status)
		status = look_ask(l, END_TARGET, "SELECT @@datadir", &dir, err);
	if (status)
		return status;
	const char *way = mysql_get_host_info(l->at[END_TARGET].control.db);
	room.dir = answer_cell(&dir, 0, 0);
	room.local = way && strstr(way, "socket");
	return room_look(&l->asker, &room, err);
}
