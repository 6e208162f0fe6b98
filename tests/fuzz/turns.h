/* turns.h - a peer that speaks only when it is waited for (by the linker's --wrap of chan_wait): what one end says makes
 * sense only behind what the other has said, and a peer in a thread of its own would make runs of one input differ. One at a
 * time, one thread. */
#pragma once

/* next is called before whoever has a channel waits for something to read. NULL: nobody is. */
void turns_set(void (*next)(void *ctx), void *ctx);
