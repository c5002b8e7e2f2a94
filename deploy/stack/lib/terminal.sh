# shellcheck shell=bash
# What the stack says, and how it fails.

say() { printf '==> %s\n' "$*"; }

# die MESSAGE [ADVICE...]: what went wrong, then what to do about it, one line each.
die() {
	printf 'stack: %s\n' "$1" >&2
	shift
	[ $# -eq 0 ] || printf '       %s\n' "$@" >&2
	exit 1
}

# seconds SINCE: seconds with one digit since a time of EPOCHREALTIME.
seconds() {
	local tenths=$(((${EPOCHREALTIME//[!0-9]/} - ${1//[!0-9]/}) / 100000))
	printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# tail_of FILE: the end of a log, for a message of failure.
tail_of() {
	[ -s "$1" ] || { printf '(%s is empty)\n' "$1"; return 0; }
	printf -- '--- the end of %s\n' "$1"
	tail -n "${2:-25}" "$1"
	printf -- '---\n'
}
