# shellcheck shell=bash
# Whether a server answers in its own language. An open port proves little: a frozen server has one too.

# converse HOST PORT COUNT BYTES [COUNT BYTES...]: sends BYTES (printf escapes), reads COUNT bytes of answer, and so on; prints
# the last answer in hexadecimal. 3 s at most.
converse() {
	# shellcheck disable=SC2016 # the other shell expands it
	timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" && shift && while [ $# -gt 0 ]; do
		printf "$2" >&3; answer=$(head -c "$1" <&3 | od -An -v -tx1 | tr -d " \n"); shift 2; done; echo "$answer"' "$@" 2>/dev/null
}

redis_answers() { [ "$(converse "$1" "$2" 5 'PING\r\n')" = 2b504f4e47 ]; }

# Frames of the CQL protocol, version 4: OPTIONS is answered by SUPPORTED (opcode 06).
cql_answers() { [ "$(converse "$1" "$2" 5 '\x04\x00\x00\x00\x05\x00\x00\x00\x00')" = 8400000006 ]; }

# cql_sees_all HOST PORT: whether this node believes that all three copies of a system table live. STARTUP is answered by
# READY, 9 bytes, and not before then may the query follow; at consistency ALL its answer is RESULT (opcode 08), or an error
# while a node is taken for dead.
cql_sees_all() {
	local query='SELECT keyspace_name FROM system_distributed.view_build_status LIMIT 1' frame
	local startup='\x04\x00\x00\x00\x01\x00\x00\x00\x16\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0'
	printf -v frame '\\x04\\x00\\x00\\x00\\x07\\x00\\x00\\x00\\x%02x\\x00\\x00\\x00\\x%02x%s\\x00\\x05\\x00' \
		$((${#query} + 7)) ${#query} "$query"
	[ "$(converse "$1" "$2" 9 "$startup" 5 "$frame")" = 8400000008 ]
}
