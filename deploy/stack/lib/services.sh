# shellcheck shell=bash
# The two kinds of server: how each is started, known to be up, and hurt.

start_limit=${STACK_TIMEOUT:-120}

start_redis() {
	local folder=$STACK_DIR/data/redis begun=$EPOCHREALTIME host=$STACK_NET.1
	check_parts redis
	mkdir -p "$folder" "$log_dir"
	if pid_of redis >/dev/null || adopt redis "$folder" redis-server; then
		await_live redis redis_answers "$host" "$STACK_REDIS_PORT"
		return
	fi
	free_port "$host" "$STACK_REDIS_PORT"
	: >"$log_dir/redis.log"
	# Nothing is kept: in Beep Redis holds what may be lost, and a test of that is worth more than a dump.
	launch redis "$folder" redis-server --bind "$host" --port "$STACK_REDIS_PORT" --save '' --appendonly no --dir "$folder" --daemonize no
	await redis "$start_limit" redis_answers "$host" "$STACK_REDIS_PORT"
	say "Redis answers at $host:$STACK_REDIS_PORT after $(seconds "$begun")"
}

# start_cassandra N; the first node must be the first to start, the others ask it for the ring.
start_cassandra() {
	local service=cassandra-$1 host=$STACK_NET.$1 folder=$data/n$1 begun=$EPOCHREALTIME
	check_parts cassandra
	mkdir -p "$folder" "$log_dir"
	if pid_of "$service" >/dev/null || adopt "$service" "$folder" java; then
		await_live "$service" cql_answers "$host" "$STACK_CQL_PORT"
		return
	fi
	free_cassandra "$1"
	say "starting Cassandra $cassandra_version, node $1 of $nodes, on $host:$STACK_CQL_PORT"
	: >"$log_dir/$service.log"
	export STACK_DURABLE STACK_CQL_PORT STACK_STORAGE_PORT STACK_HEAP STACK_LIB
	launch "$service" "$folder" "$here/cassandra-node" "$1" "$nodes" "$STACK_NET" "$folder"
	await "$service" "$start_limit" cql_answers "$host" "$STACK_CQL_PORT"
	say "node $1 answers after $(seconds "$begun")"
}

# check_ports fails before anything starts when a server of somebody else has an address the stack needs.
check_ports() {
	local i
	adopt_all
	pid_of redis >/dev/null || free_port "$STACK_NET.1" "$STACK_REDIS_PORT"
	for ((i = 1; i <= nodes; i++)); do
		pid_of "cassandra-$i" >/dev/null || free_cassandra "$i"
	done
}

free_cassandra() { free_port "$STACK_NET.$1" "$STACK_CQL_PORT" && free_port "$STACK_NET.$1" "$STACK_STORAGE_PORT"; }

# await_live SERVICE PROBE...: a server that runs already; a paused one is reported, not woken.
await_live() {
	local service=$1 pid
	shift
	pid=$(pid_of "$service")
	! paused "$pid" || die "$service is paused" "wake it: $(command_for "$service" resume)"
	await "$service" "$start_limit" "$@"
}

# await_ring waits until every node takes every other for alive: only then is there a quorum for each.
await_ring() {
	local i begun=$EPOCHREALTIME
	for ((i = 1; i <= nodes; i++)); do
		await "cassandra-$i" "$start_limit" cql_sees_all "$STACK_NET.$i" "$STACK_CQL_PORT"
	done
	say "each node of the ring sees the others after $(seconds "$begun")"
}

# adopt_all takes back every server of this folder whose pid file was lost.
adopt_all() {
	local folder service
	pid_of redis >/dev/null || adopt redis "$STACK_DIR/data/redis" redis-server || true
	for folder in "$STACK_DIR"/data/*/n[1-9]; do
		service=cassandra-${folder##*/n}
		[ ! -d "$folder" ] || pid_of "$service" >/dev/null || adopt "$service" "$folder" java || true
	done
}

control_cassandra() {
	local verb=${1:-} node=${2:-}
	[[ $node =~ ^[1-$nodes]$ ]] || die "stack cassandra ${verb:-start} N: N is a node, 1 to $nodes" 'three nodes: STACK=ring stack up'
	control "cassandra-$node" "$verb" start_cassandra "$node"
}

control_redis() { control redis "${1:-}" start_redis; }

# control SERVICE VERB START...: signals need no lock: a fault must strike at once, also while something starts.
control() {
	local service=$1 verb=$2
	shift 2
	case $verb in
	start)
		lock control
		remember_settings
		"$@"
		;;
	stop) end_service "$service" TERM ;;
	kill) end_service "$service" KILL ;;
	pause) signal_service "$service" STOP ;;
	resume) signal_service "$service" CONT ;;
	*) die "unknown: ${verb:-nothing}" 'use start, stop, kill, pause or resume' ;;
	esac
	[ "$verb" = start ] || say "$service: $verb done"
}
