/* store_inner.h - what a store is, for the modules of this folder. */
#pragma once
#include "scheduler/store/sql.h"
#include "scheduler/store/store.h"

struct store {
	sqlite3 *db;
	const struct store_actor *actor; /* NULL: outside of a transaction */
	bool failed;			 /* a change of it did */
};
