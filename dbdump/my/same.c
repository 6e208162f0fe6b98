/* same.c - session.h's question whether source and target are one server. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"

/* A cluster's nodes have one set of databases: "" for a server by itself. */
static int cluster(struct conn *c, char *out, size_t cap, struct err *err)
{
	return conn_value(c, out, cap, err,
			  "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
			  " WHERE VARIABLE_NAME = 'WSREP_CLUSTER_STATE_UUID'");
}

static int same_cluster(struct session *source, struct session *target, bool *same, struct err *err)
{
	char a[64] = "", b[64] = "";
	if (!source->control.mariadb || !target->control.mariadb)
		return 0;
	int status = cluster(&source->control, a, sizeof a, err);
	if (!status)
		status = cluster(&target->control, b, sizeof b, err);
	*same = *same || (!status && a[0] && !strcmp(a, b));
	return status;
}

/* Names and addresses do not tell. A lock that is taken at the one and seen at the other does. */
int my_same(struct session *source, struct session *target, bool *same, struct err *err)
{
	uint64_t number;
	char text[32];
	*same = false;
	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return err_set(err, -errno, "a random name");
	int status = conn_value(&source->control, text, sizeof text, err, "SELECT GET_LOCK('dbdump-%U', 0)",
				number);
	if (status || strcmp(text, "1") != 0)
		return status ? status
			      : err_say(err, -EIO, "%s: cannot take a lock of a name of our own",
					source->job.uri->shown);
	status = conn_value(&target->control, text, sizeof text, err, "SELECT IS_USED_LOCK('dbdump-%U')",
			    number);
	*same = !status && text[0];
	int released = conn_run(&source->control, status ? NULL : err, "DO RELEASE_LOCK('dbdump-%U')",
				number);
	if (!status)
		status = released ? released : same_cluster(source, target, same, err);
	return status;
}
