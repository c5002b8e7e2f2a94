# shellcheck shell=bash
# The settings: what the environment asks for, else what the stack in this folder was started with, else the default.

declare -A setting_defaults=(
	[STACK]=one [STACK_DURABLE]=0 [STACK_NET]=127.0.0 [STACK_CQL_PORT]=9042 [STACK_STORAGE_PORT]=7000
	[STACK_REDIS_PORT]=6379 [STACK_HEAP]=512m
)
setting_names=(STACK STACK_DURABLE STACK_NET STACK_CQL_PORT STACK_STORAGE_PORT STACK_REDIS_PORT STACK_HEAP)

# What the environment asked for at the start: settings are loaded again after a wait for the lock.
declare -A asked=()
for setting in "${setting_names[@]}"; do asked[$setting]=${!setting:-}; done

# load_settings COMMAND sets every setting and the folders.
load_settings() {
	STACK_DIR=$(realpath -m "${STACK_DIR:-$root/.cache/stack}")
	# Cassandra reads its configuration by a file: address.
	[[ $STACK_DIR != *[[:space:]]* ]] || die "STACK_DIR is \"$STACK_DIR\": it cannot contain a space"
	run=$STACK_DIR/run log_dir=$STACK_DIR/log settings_file=$STACK_DIR/run/settings
	local -A remembered=()
	local key value running=
	if [ -r "$settings_file" ]; then
		while IFS='=' read -r key value; do remembered[$key]=$value; done <"$settings_file"
		[ -z "$(running_services)" ] || running=yes
	fi
	for key in "${setting_names[@]}"; do
		value=${asked[$key]}
		if [ "$running" ] && [ "${remembered[$key]:-}" ]; then
			[ "$1" != up ] || [ -z "$value" ] || [ "$value" = "${remembered[$key]}" ] ||
				die "the stack runs with $key=${remembered[$key]}, and $key=$value is asked for" \
					'end it first (stack down), or use another folder and other addresses: STACK_DIR=... STACK_NET=127.0.1'
			value=${remembered[$key]}
		fi
		[ "$value" ] || value=${remembered[$key]:-${setting_defaults[$key]}}
		printf -v "$key" %s "$value"
	done
	check_settings
	case $STACK in one) nodes=1 ;; ring) nodes=3 ;; esac
	# Addresses are in the data of a node, so a ring on other addresses is another ring.
	data=$STACK_DIR/data/$STACK-$STACK_NET
}

check_settings() {
	[[ $STACK =~ ^(one|ring)$ ]] || die "STACK=$STACK: use one (a single node) or ring (three)"
	[[ $STACK_DURABLE =~ ^[01]$ ]] || die "STACK_DURABLE=$STACK_DURABLE: use 1 (every write is synced) or 0"
	[[ $STACK_NET =~ ^127\.[0-9]{1,3}\.[0-9]{1,3}$ ]] ||
		die "STACK_NET=$STACK_NET: give the first three numbers of loopback addresses, for example 127.0.1"
	[[ $STACK_HEAP =~ ^[0-9]+[mg]$ ]] || die "STACK_HEAP=$STACK_HEAP: for example 512m"
	local key
	for key in STACK_CQL_PORT STACK_STORAGE_PORT STACK_REDIS_PORT; do
		[[ ${!key} =~ ^[1-9][0-9]{0,4}$ && ${!key} -le 65535 ]] || die "$key=${!key}: use a port, 1 to 65535"
	done
}

# remember_settings keeps what the stack is started with, so that the other commands need no environment.
remember_settings() {
	mkdir -p "$run" "$log_dir"
	local key
	for key in "${setting_names[@]}"; do printf '%s=%s\n' "$key" "${!key}"; done >"$settings_file.new"
	mv "$settings_file.new" "$settings_file"
}
