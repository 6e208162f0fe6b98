#include "xfer/tree/jobs.h"

unsigned jobs_of(const struct options *o)
{
	return o->jobs ? (unsigned)o->jobs : 1;
}
