# shellcheck shell=bash
# What the stack needs, and how to get it: packages of the distribution, Cassandra's jars by Maven.

# missing_packages cassandra|redis...: names of Debian packages, one a line.
missing_packages() {
	local part
	for part in "$@"; do
		case $part in
		cassandra)
			find_java >/dev/null || echo openjdk-17-jre-headless
			have_jars || command -v mvn >/dev/null || echo maven
			;;
		redis) command -v redis-server >/dev/null || echo redis-server ;;
		esac
	done
}

# check_parts cassandra|redis...: whether all is here. It installs nothing; what is missing goes to stderr.
check_parts() {
	local missing=() part
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -eq 0 ] || die "not installed: ${missing[*]}" 'make stack-up installs them where it can, else says how'
	for part in "$@"; do
		[ "$part" != cassandra ] || have_jars || die "Cassandra's jars are not in $STACK_LIB" 'make stack-up fetches them'
	done
}

# fetch_parts cassandra|redis... installs what is missing.
fetch_parts() {
	local missing=() part
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
	for part in "$@"; do
		[ "$part" != cassandra ] || have_jars || fetch_jars
	done
}

# install_packages NAME...: by apt as root; nobody else is asked for a password here.
install_packages() {
	if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
		die "not installed: $*" "on Debian or Ubuntu: sudo apt-get install --no-install-recommends $*" \
			'elsewhere: a Java 17 runtime (then JAVA17_HOME=its folder), Maven (mvn) and Redis (redis-server) on the PATH'
	fi
	local begun=$EPOCHREALTIME log=$log_dir/apt.log guard=/usr/sbin/policy-rc.d
	mkdir -p "$log_dir"
	say "installing $* (apt; log: $log)"
	# The package of Redis starts a service on port 6379 wherever it can: not here, the stack starts its own.
	if [ ! -e "$guard" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$guard" && chmod +x "$guard"
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } \
		</dev/null >"$log" 2>&1; then
		tail_of "$log" >&2
		die "apt could not install $*" 'install them by hand, then try again; for a Java 17 elsewhere set JAVA17_HOME'
	fi
	say "installed in $(seconds "$begun")"
}

# fetch_jars copies Cassandra and what it needs into STACK_LIB, which appears when it is whole.
fetch_jars() {
	local begun=$EPOCHREALTIME log=$log_dir/maven.log partial=$STACK_LIB.partial.$$ java
	java=$(find_java)
	mkdir -p "$log_dir" "$(dirname "$STACK_LIB")"
	say "downloading Cassandra $cassandra_version by Maven, some 70 MB (log: $log)"
	if ! JAVA_HOME=${java%/bin/java} mvn -q -B -f "$here/pom.xml" \
		org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime \
		-DoutputDirectory="$partial" </dev/null >"$log" 2>&1; then
		tail_of "$log" >&2
		rm -rf "$partial"
		die "Maven could not fetch Cassandra $cassandra_version" \
			'is Maven Central reachable? behind a proxy or mirror, ~/.m2/settings.xml says where it is'
	fi
	# Another command may have been first.
	mv -T "$partial" "$STACK_LIB" 2>/dev/null || rm -rf "$partial"
	have_jars || die "Maven ended well, but $STACK_LIB has no cassandra-all-$cassandra_version.jar" "remove that folder and try again; log: $log"
	say "Cassandra's $(find "$STACK_LIB" -name '*.jar' | wc -l) jars are here after $(seconds "$begun")"
}
