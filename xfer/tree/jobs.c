#include "xfer/tree/jobs.h"

#include <sys/resource.h>
#include <unistd.h>

enum { DESCRIPTORS_EACH = 16, DESCRIPTORS_EACH_NICE = 48 };

unsigned jobs_of(const struct options *o)
{
	unsigned jobs = o->jobs ? (unsigned)o->jobs : 1;
	struct rlimit lim = { 256, 256 };
	getrlimit(RLIMIT_NOFILE, &lim);
	rlim_t most = lim.rlim_cur / (o->nice ? DESCRIPTORS_EACH_NICE : DESCRIPTORS_EACH);
	return most < 1 ? 1 : most < jobs ? (unsigned)most : jobs;
}

unsigned jobs_while_waited_for(const struct options *o)
{
	return o->jobs ? jobs_of(o) : sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
}
