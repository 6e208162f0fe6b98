/* tell_impl.h - the messages of tell.h, for the two files that write and read them. */
#pragma once
#include "dbdump/agent/tell.h"

enum tell_type {
	TELL_PROGRESS = 1,
	TELL_WARNING,
	TELL_FAILURE,
	TELL_CONNECTED,
	TELL_ANSWER,
	/* of the report, in any order; REPORT ends it */
	TELL_TABLE,
	TELL_KIND,
	TELL_OBJECT,
	TELL_FAILED,
	TELL_WARNED,
	TELL_MOMENT,
	TELL_PHASE,
	TELL_DATABASE,
	TELL_REPORT,
};

enum {
	TELL_MOST = 1 << 20,   /* bytes of a message: a frame */
	TELL_NAME = 16 * 1024, /* of a row's name or an error, which are for people */
};

/* Seconds cross as microseconds. */
#define TELL_SECOND 1e6
