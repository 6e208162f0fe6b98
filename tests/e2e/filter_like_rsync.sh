#!/bin/bash
# Compares the filter module with rsync: for each set of rules, what a sender selects of a tree, or what a
# receiver keeps of it when everything is to be deleted. BIN_TEST names the directory of the test programs.
# takes: 30
set -u

select=${BIN_TEST:?the directory of the test programs}/filter_select
passed=0 failed=0 skipped=0

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

if ! command -v rsync >/dev/null; then
	skipped=1
	finish
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/filter_like_rsync.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
tree=$work/tree
export HOME=$work/home CVSIGNORE='env-* *.tmp' LC_ALL=C

build_tree()
{
	mkdir -p "$HOME" "$work/empty" "$tree"/{a,b,ab}/{a,b,ab}/{a,b,foo} "$tree"/{.git,core,d/e/f}
	mkdir -p "$tree"/{'a b','*','-dash','b\ar',foo/bar/foo/bar} "$tree/[a]" "$tree"/$'new\nline'
	local dir
	while IFS= read -r -d '' dir; do
		: >"$dir/x.o"
		: >"$dir/a.c"
	done < <(find "$tree" -mindepth 1 -type d -print0)
	: >"$tree/d/e/f/foo"
	: >"$tree/foo/bar/foo/bar/z.c~"
	local name
	# shellcheck disable=SC2016 # the dollar signs are meant
	for name in foo2 '#hash' ';semi' '!' '!bang' '-' '+ plus' '- minus' ' lead' 'trail ' '_under' 'a?c' 'a*c' \
		'a[b]c' 'a\*c' 'a\c' '[' ']' ']x' $'\xff\xfe' $'caf\xc3\xa9' $'tab\there' $'two\nlines' $'ret\rurn' '***' \
		env-x q.tmp home-x tags '_$x' 'x$' '...' .hidden UPPER lower 123; do
		: >"$tree/$name"
		: >"$tree/d/$name"
	done
	ln -s foo2 "$tree/link"
	ln -s a "$tree/dirlink"
	printf 'home-*\n' >"$HOME/.cvsignore"
}

# Merge files in the tree; they have no effect until a rule names them.
build_merge_files()
{
	printf -- '# comment\n; comment\n\n- foo2\n+ /a/a\n- /a/*\n- ab/foo\n' >"$tree/.rules"
	printf -- '+ x.o\n- /ab\n- *.o\n' >"$tree/b/.rules"
	printf -- '!\n- foo\n' >"$tree/b/b/.rules"
	printf -- '- /b/\n-! */\n' >"$tree/ab/.rules"
	printf -- 'H x.o\nP a.c\n-p foo\n' >"$tree/d/.rules"
	printf -- '- e/f\r\n- **/x.o\r+ /foo2\n' >"$tree/d/.r2"
	printf -- '- x.o\n' >"$tree/a/.r2"
	printf -- ': .r2\n- a?c\n' >"$tree/.nest"
	printf -- 'dir-merge,n- .bare\n' >"$tree/a/.nest"
	printf -- 'foo\n/x.o\n# no comment? yes a comment\n- kept\n' >"$tree/a/.bare"
	printf -- 'b\n' >"$tree/a/b/.bare"
	printf -- 'x.o\t/foo  !bang\n#hash\n' >"$tree/.cvsignore"
	printf -- '! foo*\n' >"$tree/d/.cvsignore"
	printf -- '-_foo +_x.o\n-_*.o' >"$tree/.words"
	printf -- '-C\n' >"$tree/d/.withcvs"
	mkdir "$tree/ab/.isdir"
	printf -- '-s foo\n' >"$tree/.side"
}

# Files that options name.
build_lists()
{
	printf -- '# c\n; c\n\n+ *.c\n*.o\n- foo\n#hash\n  \n' >"$work/list"
	printf -- 'foo\n!\n+ x.o\na*\n!bang\n' >"$work/clearing"
	printf -- '*/\n*.c\n- foo\n' >"$work/includes"
	printf -- '- foo\0+ a.c\0two\nlines\0' >"$work/zeros"
	printf -- '- *.o\nmerge %s\n:n .r2\n- a?c\n' "$work/inner" >"$work/outer"
	printf -- 'exclude foo\ninclude,s a.c\nhide_/d\n' >"$work/inner"
	printf -- '-_foo\n+_x.o -_x*' >"$work/words"
	printf -- '- e\r\n- *.c\r' >"$work/crlf"
}

# Names ended by NUL to lines, every byte that rsync would escape, and the tab, shown as a question mark.
names_shown()
{
	tr '\001-\037\177-\377\000' '[?*160]\n' | sort
}

verdict()
{
	if [ "$theirs" -ne 0 ] && [ "$ours" -ne 0 ]; then
		passed=$((passed + 1))	# both refuse the rules
	elif [ "$theirs" -eq 0 ] && [ "$ours" -eq 0 ] && cmp -s "$work/theirs" "$work/ours"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL (rsync %d, ours %d):' "$theirs" "$ours"
		printf ' %q' "$@"
		echo
		diff "$work/theirs" "$work/ours" | head -n 12
		head -n 3 "$work/errors"
	fi
}

# What a sender with these options selects.
sends()
{
	local own=()
	if [ "$1" = --from0 ]; then
		own=(--from0)
		shift
	fi
	rsync -rln --out-format=%n "${own[@]}" "$@" "$tree/" "$work/empty/" >"$work/listed" 2>"$work/errors"
	theirs=$?
	# as names_shown does; a directory has a slash at its end
	sed -E 's/\\#[0-7]{3}|\t/?/g; s,/$,,; /^\.$/d' "$work/listed" | sort >"$work/theirs"
	"$select" "${own[@]}" "$tree" "$@" 2>>"$work/errors" >"$work/names"
	ours=$?
	names_shown <"$work/names" >"$work/ours"
	verdict sends "${own[@]}" "$@"
}

# What a receiver keeps. Options of the helper's own stand before "--".
keeps()
{
	local own=()
	while [ "$1" != -- ]; do
		own+=("$1")
		shift
	done
	shift
	rm -rf "$work/copy"
	cp -a "$tree" "$work/copy"
	"$select" --receiver "${own[@]}" "$work/copy" "$@" 2>"$work/unsaid" >"$work/names"
	ours=$?
	names_shown <"$work/names" >"$work/ours"
	rsync -r --delete "${own[@]}" "$@" "$work/empty/" "$work/copy/" >"$work/errors" 2>&1
	theirs=$?
	find "$work/copy" -mindepth 1 -printf '%P\0' | names_shown >"$work/theirs"
	cat "$work/unsaid" >>"$work/errors"
	verdict keeps "${own[@]}" -- "$@"
}

patterns()
{
	local p
	# shellcheck disable=SC1003 # the backslashes are meant
	for p in foo /foo foo/ /foo/ a/b /a/b a/b/ b/foo a/b/foo 'a/*' '/a/*' 'a/**' '/a/**' '**/b' '/**/b' '**b' \
		'a**b' 'a/**/foo' '/a/**/foo' 'a/***' '/a/***' '**/a/***' 'foo***' '***' '**' '*' '*/' '/*' '/*/' \
		'*/*' '/*/*' '*/*/*' '*.o' '/*.o' 'a/*.o' '*/x.o' '**/x.o' '**x.o' '?' '??' 'a?c' '[ab]' '/[ab]/[ab]' \
		'[!a]*' '[^a]*' '[a-c]*' '[]]*' '[[]*' '[[:upper:]]*' '[[:digit:]]*' '[^[:alnum:]]*' '[[:bogus:]]*' \
		'[a' 'a[b' 'a\c' 'a\*c' 'a\\*c' 'a\[b\]c' '*\' '\**' 'b\ar' 'b\\ar*' 'b\a*' '[a]' '\[a]' '[\[]a]' \
		'*/a' 'a/b/*' '*b/**/a.c' 'b/**/*.c' '**/' '/**' '/' '//' 'a//b' 'foo//' 'foo/bar' 'foo/bar/foo/bar' \
		'bar/foo' 'foo/**/bar' '*foo*' 'f*o/b?r' '**/foo/bar' '*\**' ' lead' 'trail ' '[[:cntrl:]]*' '*[[:space:]]*' \
		$'two\nlines' $'*\xfe' $'caf\xc3\xa9' 'caf??' '#hash' ';semi' '!bang' '_under' '...' '.*' a/b/foo/x.o; do
		sends -f="- $p"
	done
}

rules()
{
	sends -f='+ */' -f='+ *.c' -f='- *'
	sends --include='*/' --include='*.o' --exclude='*'
	sends -f='+ /a/' -f='+ /a/b/***' -f='- /a/*' -f='- /*'
	sends -f='+ foo/' -f='+ foo/bar/' -f='- *'
	sends -f='-! */'
	sends -f='+! *.c' -f='- a*'
	sends -f='-! /**/x.o' -f='- a'
	sends -f='exclude foo'
	sends -f='exclude_foo'
	sends -f='include,! *.c' -f='exclude *'
	sends -f='hide x.o' -f='show *' -f='- a.c'
	sends -f='H foo' -f='P x.o'
	sends -f='protect foo' -f='risk x.o' -f='- x.o'
	sends -f='-,s foo' -f='-,r x.o' -f='-sr a.c'
	sends -f='-s_foo' -f='-r_x.o'
	sends -f='-p foo' -f='-x x.o'
	sends -f='- foo' -f='!' -f='- x.o'
	sends -f='- foo' -f='clear' -f='- x.o'
	sends --exclude=foo --exclude='!' --exclude=x.o
	sends --exclude='+ foo' --include='- x.o' --exclude='f*'
	sends --exclude='!bang' --exclude=-
	sends --exclude='- - minus' --exclude='- + plus'
	sends -f='- - minus' -f='-_+ plus' -f='-__under'
	sends -f='-  lead'
	sends -f="-/ $tree/foo" -f="-/ $tree/a/*"
	sends -f='-/ /foo' -f='-/ tree/a' -f='-/ **/d/foo2'
	sends -f='-/ e/f' -f='-/! **'
	sends -f='-C'
	sends -f='+ *.o' -f='-C'
	sends -f='+C'
	sends -f=''
	local bad
	for bad in '-foo' '- ' - ': ' xx '!foo' '! ' 'excludes foo' 'Hs foo' '-e foo' '-w foo' ':C-' ':-+ x' 'S,s x' \
		'. /nonexistent/file' 'hide,! ' ':! x'; do
		sends -f="$bad"
	done
}

files()
{
	sends --exclude-from="$work/list"
	sends --include-from="$work/includes" --exclude='*'
	sends --exclude-from="$work/clearing"
	sends --exclude-from="$work/crlf"
	sends --exclude-from=/nonexistent/file
	sends --from0 --exclude-from="$work/zeros"
	sends --from0 -f=".- $work/zeros"
	sends -f=". $work/outer"
	sends -f="merge,s $work/outer"
	sends -f=".- $work/list"
	sends -f=".+ $work/includes" -f='- *'
	sends -f=".w $work/words"
	sends -f=".C $work/list"
	sends -f=".C $work/clearing"
	sends -f=".-/ $work/list"
	sends -f=".ep $work/list"
}

per_directory()
{
	sends -f=': .rules'
	sends -f=':n .rules'
	sends -f=':e .rules'
	sends -f='dir-merge_.rules'
	sends -f=': /.rules'
	sends -f='+ foo2' -f=': .rules' -f='+ *' -f='- x.o'
	sends -f=': .r2' -f=': .rules'
	sends -f=': .rules' -f=': .r2' -f='- foo'
	sends -f=': .rules' -f=':n .rules'
	sends -f=': .rules' -f='!' -f=': .r2'
	sends -f=': .nest'
	sends -f=': .nest' -f=': .rules'
	sends -f=':- .bare'
	sends -f=':+ .bare' -f='- *.o'
	sends -f=':-n .bare'
	sends -f=':-/ .bare'
	sends -f=':C'
	sends -f=':C' -f='-C'
	sends -f=':sC'
	sends -f=':rC'
	sends -f=':w .words'
	sends -f=':nw .words'
	# in a per-directory file -C is the default list alone
	CVSIGNORE='' HOME=/nonexistent sends -f=': .withcvs'
	sends -f=': .isdir'
	sends -f=': .side'
	sends -f=':s .side'
	sends -f=':p .rules'
	sends -f=':r .r2'
	sends -f=':s- .bare'
}

receiver()
{
	keeps -- -f='- foo'
	keeps -- -f='P foo' -f='H x.o'
	keeps -- -f='R foo' -f='P f*'
	keeps -- -f='-p x.o'
	keeps -- -f='-p foo' -f='- a.c'
	keeps -- -f='-C'
	keeps -- -f='-rp *.c'
	keeps -- -f='+ a/***' -f='-! */'
	keeps -- -f=': .rules'
	keeps -- -f=':C'
	keeps -- -f=':n .rules'
	keeps -- -f=': .nest'
	keeps -- -f=':r .r2'
	keeps --delete-excluded -- -f='- foo' -f='P x.o'
	keeps --delete-excluded -- -f='-sr foo' -f='-r a.c' -f='-s *'
	keeps --delete-excluded -- -f=': .rules'
	keeps --delete-excluded -- -f=':e .r2' -f='- *'
	keeps -- --exclude='*.o' --include='*'
	keeps -- --include='a/b/x.o' --exclude='x.o'
	keeps -- -f="-/ $work/copy/a"
}

# A random pattern in $pattern: components, slashes between them, perhaps anchors.
random_pattern()
{
	local atoms=(a b ab foo d e x.o a.c bar '*' '**' '***' '?' '[ab]' '[!a]' 'a*' '*b' '*.o' '*o*' 'f?o' '**o' 'a**'
		'[[:lower:]]' '\a' '*\.o' '[a-f]*' '?*' '*?b')
	local n=$((RANDOM % 10 < 5 ? 1 : RANDOM % 10 < 7 ? 2 : 3))
	pattern=
	[ $((RANDOM % 4)) -eq 0 ] && pattern=/
	while :; do
		pattern+=${atoms[RANDOM % ${#atoms[@]}]}
		n=$((n - 1))
		[ "$n" -eq 0 ] && break
		pattern+=/
	done
	[ $((RANDOM % 5)) -eq 0 ] && pattern+=/
}

generated()
{
	local prefixes=(- - - - + + + '-!' '+!' H S P R -s +r -p -/)
	local merges=(': .rules' ':n .rules' ': .r2' ':C' ':- .bare' ': .nest')
	local i n args prefix pattern

	RANDOM=4711
	for ((i = 0; i < $1; i++)); do
		args=()
		for ((n = RANDOM % 5 + 1; n > 0; n--)); do
			random_pattern
			prefix=${prefixes[RANDOM % ${#prefixes[@]}]}
			args+=(-f="$prefix $pattern")
			[ $((RANDOM % 8)) -eq 0 ] && args+=(-f="${merges[RANDOM % ${#merges[@]}]}")
		done
		if [ $((i % 6)) -eq 5 ]; then
			keeps -- "${args[@]}"
		else
			sends "${args[@]}"
		fi
	done
}

build_tree
build_merge_files
build_lists
patterns
rules
files
per_directory
receiver
generated "${GENERATED:-25}"
finish
