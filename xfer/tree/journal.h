/* journal.h - what is known about a destination's files being on disk: so little that it is believed after a power cut.
 *
 * After a crash a name may have the right size and time while its bytes never reached the disk; a run that goes by size
 * and time would keep it for ever. So a run writes down, before it changes the first file, that it began; and, after the
 * file system was synced, until when all is on disk. A later run finds that in the same place. If the file system may
 * have gone down since, every file that changed (ctime) later than that, and until this run began, is suspect: its size
 * and time are not believed, it is wanted again. Only the receiver's clock is used. After kill -9 alone nothing is
 * suspect: what was written is in the kernel.
 *
 * Has it gone down? Not if the file system's instance is the same: the boot's identity with, for ext4 and xfs, the inode
 * of its directory in sysfs, else the unique identity of its mount (Linux 6.8): neither is used twice in one boot, while the
 * plain mount id is given to the next mount again. Where there is none of them, it counts as gone down. A sync that
 * failed counts so too. What is not seen: a file system mounted below the destination that alone went down, in the same
 * boot; and files written while the clock was set back by more than JOURNAL_SLACK.
 *
 * A journal is a file of the state folder named by a hash of the root's path, inode and time of birth. It holds records of
 * JOURNAL_RECORD bytes, each all that is known, the last one counts:
 *
 *   0        4         8       16         24      32      40        48
 *   | "XFJ1" | 0 (u32) | until | instance | since | doubt | hash    |
 *
 * Little-endian; times in ns since 1970; the last eight bytes begin the hash of the others. until: what changed before is on disk. instance: which one was written to after
 * that, 0: unknown. [since, doubt]: files that changed within are suspect already, since > doubt: there are none.
 * A journal appears whole (rename); what follows its last whole record means that it is not known what went down, and one
 * without any record that nothing is on disk.
 *
 * Two runs side by side in one root share it: a sync is of the whole file system. flock: exclusive on the folder for opening
 * and closing, shared on the journal for as long as a run uses it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "xfer/base/err.h"

enum { JOURNAL_RECORD = 48 };
#define JOURNAL_SLACK INT64_C(2000000000) /* ns: the coarsest time stamp of a file system */

struct journal_state {
	int64_t until;
	uint64_t instance;
	int64_t since, doubt;
};

/* Reads a journal's bytes, which may be anything. False when there are none: then *out says that all is trusted. */
bool journal_parse(const uint8_t *data, size_t len, struct journal_state *out);
/* The state once a run begins at now on this instance. known: as journal_parse said. */
void journal_begin_state(struct journal_state *s, bool known, int64_t now, uint64_t instance);
void journal_pack(uint8_t record[static JOURNAL_RECORD], const struct journal_state *s);
/* What was written since until, and may be lost, is suspect from now on. */
void journal_distrust(struct journal_state *s, int64_t now);
/* Is a file that changed then to be compared by content? */
bool journal_is_suspect(const struct journal_state *s, int64_t changed);

struct journal;

/* Opens the journal of the root (an open directory; its file system is what is written to) in the state folder dir (state_dir.h),
 * which it takes. read_only: nothing is ever written. 0, or -errno; then *out is NULL. */
int journal_open(struct journal **out, int dir, int root, bool read_only, struct err *err);
void journal_close(struct journal *j);

/* For all of these j may be NULL: there is no journal. */

/* May the content of a file that changed (ctime) then be other than its size and time say? */
bool journal_suspects(const struct journal *j, const struct timespec *changed);
/* May that be so for any file at all? */
bool journal_suspects_any(const struct journal *j);
/* To be called before a file is changed: the first time it is written down that the run began. */
int journal_begin(struct journal *j, struct err *err);
/* ns since 1970 by the clock of file systems: the moment before a sync, for journal_durable. */
int64_t journal_now(void);
/* All that was written before the moment is on disk; -errno when that cannot be written down. */
int journal_durable(struct journal *j, int64_t moment, struct err *err);
/* A sync failed: nothing that was written since the last one is believed. */
void journal_failed(struct journal *j);
/* Seconds during which files may have changed that are not known to be on disk; 0 before journal_begin. */
int64_t journal_age(const struct journal *j);
/* The run came to its end. settled: it looked at every file, so that none is suspect any more; durable: nothing was written since
 * the moment of journal_durable. A journal that has nothing to say is removed. */
void journal_end(struct journal *j, bool settled, bool durable);
