/* status.h - from an error code to an exit status; the only place that decides. Pure. */
#pragma once

/* code: -errno as the session's parts return it; -ECONNABORTED is the caller's, who knows what the peer said. */
int status_of(int code);
