/* attach.h - what `dbdump agent` does with the connection that started it: begins a session, in a process that outlives it (keeper.h),
 * or hands it over to one that has lost its own. It stays for as long as that uses it, and passes on what goes to standard error. */
#pragma once
#include "dbdump/agent/keeper.h"

/* Takes both descriptors. quit: what a signal sets; the session is told. Returns an exit status. */
int attach_run(int rfd, int wfd, keeper_work *work, const volatile int *quit);
