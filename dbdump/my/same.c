/* same.c - session.h's question whether source and target are one server. A mark is a number, and the cluster's name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"

enum { CLUSTER_MOST = 64 };

/* A cluster's nodes have one set of databases: "" for a server by itself. */
static int cluster(struct session *s, char out[static CLUSTER_MOST], struct err *err)
{
	*out = '\0';
	if (!s->control.mariadb)
		return 0;
	return conn_value(&s->control, out, CLUSTER_MOST, err,
			  "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
			  " WHERE VARIABLE_NAME = 'WSREP_CLUSTER_STATE_UUID'");
}

/* Names and addresses do not tell. A lock that is taken at the one and seen at the other does. */
int my_mark(struct session *s, char *out, struct err *err)
{
	uint64_t number;
	char text[32], name[CLUSTER_MOST] = "";
	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return err_set(err, -errno, "a random name");
	int status = conn_value(&s->control, text, sizeof text, err, "SELECT GET_LOCK('dbdump-%U', 0)",
				number);
	if (!status && strcmp(text, "1") != 0)
		status = err_say(err, -EIO, "%s: cannot take a lock of a name of our own", s->job.uri->shown);
	if (!status)
		status = cluster(s, name, err);
	if (!status)
		snprintf(out, MARK_MOST, "%llu %s", (unsigned long long)number, name);
	return status;
}

int my_marked(struct session *s, const char *mark, bool *same, struct err *err)
{
	char text[32], name[CLUSTER_MOST] = "", *rest;
	uint64_t number = strtoull(mark, &rest, 10);
	int status = conn_value(&s->control, text, sizeof text, err, "SELECT IS_USED_LOCK('dbdump-%U')",
				number);
	if (!status)
		status = cluster(s, name, err);
	*same = !status && (text[0] || (*rest == ' ' && name[0] && !strcmp(rest + 1, name)));
	return status;
}

int my_same(struct session *source, struct session *target, bool *same, struct err *err)
{
	char mark[MARK_MOST];
	*same = false;
	int status = my_mark(source, mark, err);
	return status ? status : my_marked(target, mark, same, err);
}
