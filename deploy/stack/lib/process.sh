# shellcheck shell=bash
# Processes the stack owns. A service is a name: cassandra-1, redis. Its pid file holds the number of the process and what
# tells it from a later process with that number: when it began, and in which boot. Only such a process is ever signalled.

# identity PID: prints when it began and the boot; fails when there is no such process, or only its corpse.
identity() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	local -a field
	read -r -a field <<<"${stat##*) }"
	[ "${field[0]}" != Z ] || return 1
	echo "${field[19]} $(</proc/sys/kernel/random/boot_id)"
}

# pid_of SERVICE prints the process the stack started for it, while that process lives.
pid_of() {
	local pid born
	{ read -r pid born <"$run/$1.pid"; } 2>/dev/null || return 1
	[[ $pid =~ ^[0-9]+$ && -n $born ]] && [ "$(identity "$pid")" = "$born" ] || return 1
	echo "$pid"
}

# own SERVICE PID: one that has ended already gets no identity, and so is nobody.
own() {
	echo "$2 $(identity "$2")" >"$run/$1.pid.new"
	mv "$run/$1.pid.new" "$run/$1.pid"
}

# running_services prints the services that live.
running_services() {
	local file service
	for file in "$run"/*.pid; do
		service=$(basename "$file" .pid)
		[ ! -f "$file" ] || ! pid_of "$service" >/dev/null || echo "$service"
	done
}

# adopt SERVICE FOLDER NAME takes a server back whose pid file was lost: one that runs in this service's folder, where it
# went when it was started, and is called as its program.
adopt() {
	local proc pid
	for proc in /proc/[0-9]*; do
		pid=${proc#/proc/}
		if [ "$(readlink "$proc/cwd" 2>/dev/null)" = "$2" ] && [ "$(cat "$proc/comm" 2>/dev/null)" = "$3" ] && identity "$pid" >/dev/null; then
			own "$1" "$pid"
			say "$1: found running (process $pid) without its pid file; the stack's again"
			return
		fi
	done
	return 1
}

# command_for SERVICE VERB prints the command of stack that does it.
command_for() {
	case $1 in
	cassandra-*) echo "stack cassandra $2 ${1#cassandra-}" ;;
	*) echo "stack $1 $2" ;;
	esac
}

# launch SERVICE FOLDER COMMAND...: in a session of its own, so that no terminal ends it, and without the lock of the stack,
# which it would hold as long as it lives.
launch() {
	local service=$1 folder=$2
	shift 2
	(cd "$folder" && exec setsid "$@" </dev/null >>"$log_dir/$service.log" 2>&1 9>&-) &
	own "$service" $!
}

# await SERVICE LIMIT PROBE...: until the probe holds. A server that ends or stays silent is a failure, with its log.
await() {
	local service=$1 limit=$2 end=$((SECONDS + $2))
	shift 2
	until "$@"; do
		if ! pid_of "$service" >/dev/null; then
			tail_of "$log_dir/$service.log" >&2
			rm -f "$run/$service.pid"
			die "$service ended while it was starting" "the whole log: $log_dir/$service.log" 'start with empty data: stack down --wipe'
		fi
		if [ $SECONDS -ge $end ]; then
			tail_of "$log_dir/$service.log" >&2
			end_service "$service" KILL
			die "$service did not answer within $limit s" "the whole log: $log_dir/$service.log" 'a slow machine? STACK_TIMEOUT=300'
		fi
		sleep 0.2
	done
}

# end_service SERVICE TERM|KILL: and wait until it is gone; one that does not go in 30 s is killed.
end_service() {
	local pid i
	pid=$(pid_of "$1") || { rm -f "$run/$1.pid"; return 0; }
	kill -"$2" "$pid" 2>/dev/null || true
	kill -CONT "$pid" 2>/dev/null || true # a paused process does not hear TERM
	for ((i = 0; i < 300; i++)); do
		pid_of "$1" >/dev/null || break
		sleep 0.1
	done
	if pid_of "$1" >/dev/null; then
		say "$1 does not end: killing it"
		kill -KILL "$pid" 2>/dev/null || true
		while pid_of "$1" >/dev/null; do sleep 0.1; done
	fi
	rm -f "$run/$1.pid"
}

# signal_service SERVICE STOP|CONT
signal_service() {
	local pid
	pid=$(pid_of "$1") || die "$1 does not run" "start it: $(command_for "$1" start)"
	kill -"$2" "$pid"
}

paused() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null && [[ ${stat##*) } == T* ]]
}

# free_port HOST PORT fails when somebody listens there, for it is not the stack's: that is known before.
free_port() {
	! (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null && return
	local owner
	owner=$(ss -Hltnp "src $1:$2" 2>/dev/null | grep -o 'users:.*' || true)
	die "$1:$2 is in use by a server that this stack did not start${owner:+: $owner}" \
		'it was neither used nor ended. End it yourself, or start the stack elsewhere:' \
		'STACK_NET=127.0.1 (other addresses), STACK_CQL_PORT, STACK_STORAGE_PORT, STACK_REDIS_PORT (other ports)' \
		"or, if it is a Cassandra or Redis you mean to use, skip the stack: BEEP_CQL_HOSTS=$1 BEEP_REDIS_ADDRS=..."
}
