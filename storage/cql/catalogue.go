package cql

import (
	"fmt"
	"strings"
)

// What is asked and changed besides the rows of tables, alike on both servers. The statements about rows are generated
// (statements.go); with these they are all the engine can send.
const (
	askTables        = "SELECT table_name, default_time_to_live FROM system_schema.tables WHERE keyspace_name = ?"
	askColumns       = "SELECT table_name, column_name, kind, type, position, clustering_order FROM system_schema.columns WHERE keyspace_name = ?"
	askReplication   = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?"
	askScylla        = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'system' AND table_name = 'versions'"
	askScyllaVersion = "SELECT version FROM system.versions WHERE key = 'local'"
	askNow           = "SELECT now() FROM system.local"
)

func createKeyspace(name, datacenter string, copies int) string {
	return fmt.Sprintf("CREATE KEYSPACE IF NOT EXISTS %s WITH replication = {'class': 'NetworkTopologyStrategy', '%s': '%d'}",
		name, strings.ReplaceAll(datacenter, "'", "''"), copies)
}

func addColumn(table, column, kind string) string {
	return fmt.Sprintf("ALTER TABLE %s ADD %s %s", table, column, kind)
}

func setLife(table string, seconds int) string {
	return fmt.Sprintf("ALTER TABLE %s WITH default_time_to_live = %d", table, seconds)
}
