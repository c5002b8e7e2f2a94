# shellcheck shell=bash
# Where the JDK and Cassandra's jars are. Needs $here, the folder of deploy/stack, and $root, the checkout.

cassandra_version=$(sed -n 's:.*<cassandra.version>\(.*\)</cassandra.version>.*:\1:p' "$here/pom.xml")
# Jars are the same for every stack of a checkout. The folder appears whole or not at all.
STACK_LIB=$(realpath -m "${STACK_LIB:-$root/.cache/stack/cassandra-$cassandra_version}")

# find_java prints a java of version 17: Cassandra 5.0 runs on 11 and 17, and its start options here are those of 17.
find_java() {
	local java
	for java in ${JAVA17_HOME:+"$JAVA17_HOME/bin/java"} ${JAVA_HOME:+"$JAVA_HOME/bin/java"} /usr/lib/jvm/*17*/bin/java "$(command -v java || true)"; do
		if [ -x "$java" ] && "$java" -version 2>&1 | grep -q '"17\.'; then
			echo "$java"
			return
		fi
	done
	return 1
}

have_jars() { [ -f "$STACK_LIB/cassandra-all-$cassandra_version.jar" ]; }
