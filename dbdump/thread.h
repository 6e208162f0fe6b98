/* thread.h - starting a thread. */
#pragma once
#include <pthread.h>

/* Signals are left to the thread that runs the program. 0 or -errno. */
int thread_start(pthread_t *out, void *(*run)(void *arg), void *arg);
