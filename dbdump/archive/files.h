/* files.h - tables' files on their way from host to host (ferry.h), as records of an archive's stream, between HELLO and SECTION.
 *
 * Of a record FILE table is the file's number, part its chunk, and rows what it is (piece_kind). No archive at rest has any: who dumps
 * knows that somebody loads at the same time, and answers. */
#pragma once
#include "dbdump/archive/lanes.h"
#include "dbdump/archive/writer.h"
#include "dbdump/ferry.h"
#include "dbdump/run.h"

/* The source's end, until all was shipped. All zeros at first. */
struct files_out {
	struct ferry_out out;
	struct buf offer;
	enum verify_mode verify; /* how the destination will */
	bool begun;
	struct writer *writer;
	struct lanes *lanes;
	struct watch *watch;
};

/* The next answer of the destination, in said. 0, or the error that the run ends with. */
int files_await(const struct run *r, struct buf *said, struct err *err);
/* Waits for what is offered, and ships; writer, lanes and watch are there. */
int files_ship(struct files_out *f, const struct run *r, struct session *source, struct err *err);
/* Accepts all zeros. */
void files_fini(struct files_out *f);

/* The destination's end, run_job.arrive: answers what is offered, and takes what comes. */
int files_take(const struct run_job *job, struct session *target, struct watch *watch, struct err *err);
