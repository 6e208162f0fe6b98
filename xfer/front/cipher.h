/* cipher.h - which cipher ssh encrypts with, where that is nobody's choice but its default.
 *
 * On a fast link half of a copy's processor time is ssh's. Its first choice, chacha20-poly1305, is the best one without AES
 * instructions; with them AES-GCM takes a fifth less of both ends' time. So where the processor has them and
 * chacha20-poly1305 is still the first that ssh would offer to this host and user, AES-GCM is put in front of it; nothing is added to
 * what ssh would offer, and the server still decides what it takes. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/front/remote.h"

/* words: the remote shell and its arguments, without the host. Puts -c and the list behind its first word where that is an ssh
 * that was not told a cipher. 0 or -ENOMEM; an ssh that cannot be asked is left as it is. */
int cipher_prefer(struct strings *words, const struct remote *to, struct err *err);

/* The list that ssh -G printed, with AES-GCM in front; NULL when there is nothing to change. The caller frees it. */
char *cipher_order(const char *config);
/* Does this processor have AES instructions? cpuinfo: the text of /proc/cpuinfo. */
bool cipher_has_aes(const char *cpuinfo);
