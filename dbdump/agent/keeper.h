/* keeper.h - the agent's end of a lasting stream: a process that outlives the connection which started it (attach.h), waits for the
 * next one, and gives who works (serve.h) a channel as if it were still the first.
 *
 * The next one comes by a socket of the abstract kind, which has a random name and no file: nothing can be left behind of it. Who
 * connects must be of the same user, and know the session's secret; it hands over its own connection's descriptors, so no byte takes
 * a way around. Once no link has been there for the greeting's wait_s, or the caller has said that it is over, the channel ends, as it
 * always did with its connection: what was begun is rolled back, and nothing stays. So a caller that was killed with all that it
 * started, or whose host is gone, is waited for so long, with the snapshot held; one that is stopped in any other way is not. */
#pragma once
#include <sys/socket.h>
#include <sys/un.h>

#include "dbdump/agent/greeting.h"

/* The work, in a process of its own, with the channel. silence: seconds without a byte after which its peer is given up. */
typedef int keeper_work(int fd, int silence);

struct keeper_job {
	int rfd, wfd;		  /* the first connection; taken */
	int control;		  /* closed when that is over; taken */
	struct greeting greeting; /* the caller's */
	keeper_work *work;
	const volatile int *quit; /* what a signal sets: the work is sent SIGTERM */
};

/* Until it is over. Returns an exit status. */
int keeper_run(const struct keeper_job *job);

/* Where the session of that name is waited for. */
socklen_t keeper_address(struct sockaddr_un *out, const uint8_t name[static GREETING_NAME]);
/* Is the process at the other end of the same user? */
bool keeper_is_ours(int socket);
