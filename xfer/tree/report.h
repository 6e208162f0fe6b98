/* report.h - the account of one run: what both sides counted, and what was proven. A plain value. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/clock.h"
#include "xfer/base/progress.h"

/* The weakest thing that was proven of all items together. */
enum proof { PROOF_NONE, PROOF_METADATA, PROOF_TRANSFERRED, PROOF_REREAD };

struct items {
	uint64_t total;	  /* names seen at the source, after filters; directories count */
	uint64_t copied;  /* new at the destination */
	uint64_t updated; /* there before, content or metadata changed */
	uint64_t renamed;
	uint64_t deleted;
	uint64_t unchanged;
	uint64_t failed;
	uint64_t vanished; /* part of failed */
	uint64_t skipped;  /* left alone because an option said so (--existing, --update, --max-size, ...) */
};

struct bytes {
	uint64_t total;	   /* of the regular files at the source */
	uint64_t read;	   /* content read at the source */
	uint64_t sent;	   /* by this side, on the channel */
	uint64_t received; /* by this side, on the channel */
	uint64_t written;  /* content written at the destination */
};

struct proven {
	uint64_t metadata;    /* regular files taken as unchanged by size and time */
	uint64_t transferred; /* hashed where read and where written */
	uint64_t reread;      /* read again from disk on both sides, afterwards */
};

struct seconds {
	double connect, transfer, finish, verify, total;
};

struct report {
	int exit; /* exit.h */
	bool dry_run;
	char reason[512]; /* why the run ended early; empty when it did not. Raw bytes. */
	struct items items;
	struct bytes bytes;
	struct proven proven;
	struct seconds seconds;
	enum proof proof;
	bool have_digest; /* both sides gave one */
	uint8_t digest[16],
		peer_digest[16]; /* of the tree: as read at the source, as found at the destination */
	const char *io_source, *io_target;		 /* "uring" or "plain" */
	uint64_t compressed_from, compressed_to;	 /* payload bytes before and after zstd, both ways */
	uint64_t bwlimit;				 /* bytes per second, as it was at the end; 0: none */
	char deadline[CLOCK_TEXT];			 /* RFC 3339; empty: none */
	uint64_t peak_memory_source, peak_memory_target; /* bytes */
};
