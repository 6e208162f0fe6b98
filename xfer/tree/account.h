/* account.h - what one side counted, as it crosses the wire in DONE and FINAL. A plain value. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/codec/hash.h"
#include "xfer/tree/report.h"

struct account {
	struct items items;
	struct bytes bytes;
	struct proven proven;
	struct digest digest;
	uint64_t differences;	/* found by a comparison */
	uint64_t peak_memory;	/* bytes */
	uint8_t io;		/* 0 nothing was read, 1 plain, 2 io_uring */
	bool deletions_stopped; /* by --max-delete, or because the source was empty */
};

void account_put(struct buf *b, const struct account *a);
/* 0 or -EPROTO. */
int account_get(struct reader *r, struct account *a);
/* Fills peak_memory with this process's. */
void account_take_memory(struct account *a);
