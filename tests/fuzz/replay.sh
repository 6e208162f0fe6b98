#!/usr/bin/env bash
# Every input that a fuzz target found worth keeping, or that once broke a parser, goes through it again.
# modes: release asan
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# The other way round too: a folder without a target would never be replayed.
for folder in "$ROOT"/tests/fuzz/corpus/*/; do
	name=$(basename "$folder")
	TMPDIR=$TEST_TMP check "fuzz_$name: its corpus" "$BIN_TEST/fuzz_$name" "$folder"
done
for target in "$ROOT"/tests/fuzz/fuzz_*.c; do
	name=$(basename "$target" .c)
	check "$name has a corpus" test -d "$ROOT/tests/fuzz/corpus/${name#fuzz_}"
done
finish
