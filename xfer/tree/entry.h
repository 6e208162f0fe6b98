/* entry.h - the records that sender and receiver exchange about a tree: the wire format of the frames
 * LIST, WANT, BUNDLE, FILE and FILE_END. Integers are varints (LEB128; signed ones zigzag) where nothing
 * else is said, strings are a length and bytes.
 *
 * LIST: records; the frame's offset is the seq of its first ENTRY, the following ones count up. The state that
 * ENTRY deltas refer to begins anew with each frame.
 *   u8 1 DIR      seq of the directory whose listing follows (0: the root)
 *   u8 2 ENTRY    flags, name, [mode if not SAME_MODE], [uid, gid if not SAME_OWNER], signed mtime seconds minus
 *                 the previous entry's, nanoseconds, by type: size (regular) or target (symlink) or rdev (devices),
 *                 [alloc if SPARSE: of a directory to be shown its size], [leader's seq if FOLLOWER], [attributes if ATTRS], [16 bytes if CONTENT]
 *   u8 3 DIR_END  u8 flags of the listing
 *   u8 4 OWNER    u8 kind, id, name: announced before the first entry that has it
 *   u8 6 NAME     string: a name that the source has and does not send; it must not be deleted
 *   u8 7 MAIL     u8 folder (enum mail_folder), seq: as DIR, of a mailbox's new, cur or tmp. In this order, one behind the
 *                 other, and tmp is not read
 *   u8 8 QUIET    behind the last: no mailbox had changed since it was listed, so that what is missing did not just move on
 *   u8 5 ROOT     as ENTRY, for the root itself (seq 0, empty name)
 * WANT: pairs (seq minus the previous pair's, u8 verdict), ascending; the frame's offset says that all entries
 *   below it are decided: those without a pair are at the destination already.
 * BUNDLE: records (seq minus the previous record's), content head, then the data if there is any.
 * FILE, FILE_END: a content head. With CONTENT_BASED DATA may begin anywhere and COPY comes too.
 * COPY: u8 enum copy_source, offset there, length.
 *   content head: u8 flags, [errno if FAILED], [mode, uid, gid, signed mtime, nanoseconds if FRESH], size, [16 bytes if DIGEST]
 *
 * Pure; parsed strings are borrowed from the frame. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/buf.h"
#include "xfer/codec/hash.h"

enum {
	NAME_LIMIT = 255,
	TARGET_LIMIT = 4096,
	ATTRS_LIMIT = 300 * 1024,
	ATTRS_HELD =
		32
		<< 20, /* bytes of attributes of regular files announced and not yet settled: the sender stops there */
	SMALL_FILE = 256 * 1024, /* at most this travels in a BUNDLE; beyond it as FILE, DATA..., FILE_END */
};

enum record_kind {
	RECORD_DIR = 1,
	RECORD_ENTRY,
	RECORD_DIR_END,
	RECORD_OWNER,
	RECORD_ROOT,
	RECORD_NAME,
	RECORD_MAIL,
	RECORD_QUIET
};

enum listing_flag {
	LISTING_ERRORS = 1, /* not all of it could be read: nothing may be deleted */
	LISTING_PARTIAL =
		2, /* only chosen names were listed (--relative, --files-from, other file systems) */
	LISTING_EMPTY_ROOT = 4, /* a root without a single name */
	LISTING_UNSURE =
		8, /* names changed while they were read, and some may be missing: nothing may be deleted */
};

enum verdict {
	VERDICT_HAVE,
	VERDICT_WANT,
	VERDICT_LEAVE,	   /* not to be there, or failed: not part of the digest */
	VERDICT_WANT_BASE, /* wanted, and BASE will say what of it is there: not to be sent before */
};

struct entry {
	uint64_t seq;
	const char *name; /* not terminated */
	size_t name_len;
	uint32_t mode, uid, gid; /* mode with the type */
	uint64_t size;		 /* regular files */
	uint64_t
		alloc; /* bytes on disk when that is less than size; of a directory to be shown its size; else 0 */
	int64_t mtime; /* seconds */
	uint32_t mtime_ns;
	uint64_t rdev;
	const char *target; /* symlinks; not terminated */
	size_t target_len;
	bool sparse, linked; /* linked: one of several names of a file */
	bool message; /* of a mailbox, and no other there has its base name: it is the same message under any flags */
	bool by_name; /* nobody looked at it: the name says its size; mode and owner are the directory's, the time is not known */
	bool in_parent;	 /* it stands in the directory that holds the one whose listing this is */
	uint64_t leader; /* seq of the first of these names; its own for the first */
	const uint8_t *attrs;
	size_t attrs_len;
	bool have_content;
	struct digest content;
	uint64_t dev, ino; /* the sender's own: not on the wire */
};

/* The state of one LIST frame's deltas, on both sides; begin with zeros. */
struct entry_state {
	uint32_t mode, uid, gid;
	int64_t mtime;
};

void entry_put(struct buf *b, struct entry_state *s, const struct entry *e, enum record_kind kind);
/* Reads what follows the kind byte. e->seq is the caller's. 0, or -EPROTO when it is not a legal entry: name of
 * 1 to NAME_LIMIT bytes without '/' and NUL and not "." or ".." (empty for ROOT), a known type, nanoseconds in range. */
int entry_get(struct reader *r, struct entry_state *s, struct entry *e, enum record_kind kind);

/* Hash of a path, from its directory's (zeros: the root). */
struct digest path_hash(const struct digest *dir_path, const char *name, size_t len);

enum content_flag {
	CONTENT_FRESH = 1,   /* mode, owner or time are not those of the listing any more */
	CONTENT_CHANGED = 2, /* it changed while it was read */
	CONTENT_FAILED = 4,  /* it could not be read: errno */
	CONTENT_DIGEST = 8,
	CONTENT_BASED = 16, /* FILE: it is made from what BASE said */
};

enum copy_source {
	COPY_KEPT =
		1, /* the file that an interrupted run left, which becomes the new one: the same offset, whole chunks */
	COPY_OLD, /* the old version */
};

struct content {
	uint64_t seq;
	uint8_t flags;
	int error; /* positive errno, as the source's system numbers it */
	uint32_t mode, uid, gid;
	int64_t mtime;
	uint32_t mtime_ns;
	uint64_t size;
	struct digest digest;
	const uint8_t *data; /* BUNDLE only; size bytes */
};

void content_put(struct buf *b, const struct content *c);
/* 0 or -EPROTO. Does not touch seq and data. */
int content_get(struct reader *r, struct content *c);
