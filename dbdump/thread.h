/* thread.h - starting a thread, and waiting for no longer than some time. */
#pragma once
#include <pthread.h>
#include <stdbool.h>

/* Signals are left to the thread that runs the program. 0 or -errno. */
int thread_start(pthread_t *out, void *(*run)(void *arg), void *arg);

/* For cond_wait_ms. */
void cond_init(pthread_cond_t *c);
/* False: so much time has passed. Like any wait on a condition, it may return early. */
bool cond_wait_ms(pthread_cond_t *c, pthread_mutex_t *lock, int ms);
