package cql

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/storetest"
	"github.com/beep-chat/beep/storage/wide"
)

// rule is something that the two servers do differently, or that one of them does not do. Statements are compared in upper
// case, without the contents of strings and with single spaces.
type rule struct {
	name    string
	forbids func(statement string) bool
	planted string // a statement it must catch
}

func matching(pattern string) func(string) bool {
	re := regexp.MustCompile(pattern)
	return func(s string) bool { return re.MatchString(s) }
}

var (
	tokens    = regexp.MustCompile(`TOKEN\([^)]*\)`)
	whereOnly = regexp.MustCompile(`WHERE (.*?)( IF | ORDER BY |$)`)
	withOnly  = regexp.MustCompile(` WITH (.*)$`)
)

// where applies a rule to the WHERE clause, without token().
func where(pattern string) func(string) bool {
	re := regexp.MustCompile(pattern)
	return func(s string) bool {
		m := whereOnly.FindStringSubmatch(tokens.ReplaceAllString(s, "T"))
		return m != nil && re.MatchString(m[1])
	}
}

// knownOptions are the table options that both servers take.
var knownOptions = regexp.MustCompile(`^(CLUSTERING ORDER BY \([^)]*\)|COMMENT = ''|DEFAULT_TIME_TO_LIVE = \d+|` +
	`COMPACTION = \{'': '', '': '', '': ''\}|REPLICATION = \{'': '', '': ''\})$`)

func unknownOption(s string) bool {
	m := withOnly.FindStringSubmatch(s)
	if m == nil || !strings.HasPrefix(s, "CREATE") && !strings.HasPrefix(s, "ALTER") {
		return false
	}
	return slices.ContainsFunc(strings.Split(m[1], " AND "), func(o string) bool { return !knownOptions.MatchString(o) })
}

var rules = []rule{
	{"filtering", matching(`ALLOW FILTERING`), "SELECT a FROM t WHERE b = 1 ALLOW FILTERING"},
	{"all columns", matching(`SELECT \*`), "SELECT * FROM t WHERE a = ?"},
	{"grouping and aggregates", matching(`GROUP BY|DISTINCT|\b(COUNT|SUM|AVG|MIN|MAX)\(`), "SELECT a, count(b) FROM t GROUP BY a"},
	{"IN", matching(`\bIN\b`), "SELECT a FROM t WHERE a IN ?"},
	{"LIKE and CONTAINS", matching(`\bLIKE\b|\bCONTAINS\b`), "SELECT a FROM t WHERE b LIKE 'x'"},
	{"BETWEEN", matching(`\bBETWEEN\b`), "SELECT a FROM t WHERE a BETWEEN ? AND ?"},
	{"counters", matching(`\bCOUNTER\b`), "CREATE TABLE t (a int PRIMARY KEY, b counter)"},
	{"several columns compared at once", where(`\([^)]*,[^)]*\) ?[<>=]`), "SELECT a FROM t WHERE a=? AND (b, c) > (?, ?)"},
	{"named markers", matching(`:[A-Z]`), "SELECT a FROM t WHERE a = :x AND b = :x"},
	{"null in WHERE", where(`\bNULL\b`), "SELECT a FROM t WHERE a = null"},
	{"IF EXISTS on rows", matching(`^(INSERT|UPDATE|DELETE).* IF (NOT )?EXISTS`), "UPDATE t SET a=? WHERE b=? IF EXISTS"},
	{"IF with other than = and != null", matching(`^(INSERT|UPDATE|DELETE).* IF .*([<>]|!=[^N]|\bOR\b)`), "UPDATE t SET a=? WHERE b=? IF c>?"},
	{"a write time under a condition", matching(`USING TIMESTAMP.* IF `), "UPDATE t USING TIMESTAMP ? SET a=? WHERE b=? IF c=?"},
	{"a condition on what is not an UPDATE", matching(`^(INSERT|DELETE).* IF `), "DELETE FROM t WHERE a=? IF b=?"},
	{"types of one's own, static and open collections", matching(`CREATE TYPE|\bSTATIC\b|\b(LIST|MAP|TUPLE|VECTOR)<|[^<]SET<`), "CREATE TABLE t (a int PRIMARY KEY, b set<bigint>)"},
	{"LIMIT", matching(`\bLIMIT\b`), "SELECT a FROM t WHERE a = ? LIMIT ?"},
	{"JSON", matching(`\bJSON\b`), "SELECT JSON a FROM t WHERE a = ?"},
	{"arithmetic and collection changes", matching(`SET .*(\w ?[+-] ?[\w?]|[+-]=|\[)`), "UPDATE t SET a = a + 1 WHERE b = ?"},
	{"WRITETIME and TTL of cells", matching(`\b(WRITETIME|MAXWRITETIME|TTL)\(`), "SELECT WRITETIME(a) FROM t WHERE b = ?"},
	{"ScyllaDB alone", matching(`BYPASS CACHE|USING TIMEOUT|TIMEOUT \?|PRUNE|TABLETS|PER PARTITION|SCYLLA_|SERVICE LEVEL`), "SELECT a FROM t WHERE a = ? BYPASS CACHE"},
	{"Cassandra alone", matching(`\bMASKED\b|\bSAI\b|ANN OF|DURATION|UUID\(\)|CAST\(`), "CREATE TABLE t (a int PRIMARY KEY, b text MASKED WITH DEFAULT)"},
	{"indexes and views", matching(`\bINDEX\b|MATERIALIZED|TRIGGER|FUNCTION`), "CREATE INDEX ON t (a)"},
	{"table options that one server lacks or ignores", unknownOption, "CREATE TABLE t (a int PRIMARY KEY) WITH caching = {'keys': 'ALL'}"},
	{"options of a known name in another shape", unknownOption, "CREATE TABLE t (a int PRIMARY KEY) WITH comment = '' AND compaction = {'class': 'x'}"},
	{"a keyspace without a full strategy", func(s string) bool {
		return strings.Contains(s, "CREATE KEYSPACE") && !strings.Contains(s, "REPLICATION = {")
	}, "CREATE KEYSPACE k"},
	{"a drop that fails when there is nothing", matching(`DROP (KEYSPACE|TABLE) [^I]`), "DROP KEYSPACE k"},
	{"columns changed or dropped", matching(`ALTER TABLE \w+ (DROP|RENAME|ALTER)`), "ALTER TABLE t DROP a"},
	{"several columns added at once", matching(`ALTER TABLE \w+ ADD [^<]*,`), "ALTER TABLE t ADD a int, b int"},
	{"batches in text and TRUNCATE", matching(`BEGIN|APPLY BATCH|TRUNCATE`), "BEGIN BATCH INSERT INTO t (a) VALUES (?) APPLY BATCH"},
	{"an order on part of the columns", matching(`ORDER BY [^,]*$`), "SELECT a FROM t WHERE a=? ORDER BY b DESC"},
}

var texts = regexp.MustCompile(`'(?:[^']|'')*'`)

func normal(statement string) string {
	return strings.ToUpper(strings.Join(strings.Fields(texts.ReplaceAllString(statement, "''")), " "))
}

func broken(r rule, statement string) bool { return r.forbids(normal(statement)) }

func TestRulesBite(t *testing.T) {
	for _, r := range rules {
		if !broken(r, r.planted) {
			t.Errorf("%s: does not catch %q", r.name, r.planted)
		}
	}
	order := ordersAllColumns(mixed.Meta())
	if order("SELECT a FROM mixed WHERE part=? ORDER BY a DESC,b ASC,c DESC") || !order("SELECT a FROM mixed WHERE part=? ORDER BY a DESC,b ASC") {
		t.Error("the order of a range is not checked")
	}
	if missing := looseMarkers(mixed.Meta(), "SELECT a FROM mixed WHERE a=?"); !missing {
		t.Error("a statement without its partition key is not caught")
	}
}

// TestLint holds every statement that can be sent against the rules.
func TestLint(t *testing.T) {
	count := 0
	for _, schema := range []wide.Schema{storage.Schema(), storetest.Schema()} {
		e := newEngine(Options{Schema: schema}, nil)
		for m, table := range e.tables {
			orders := ordersAllColumns(m)
			for _, s := range table.statements() {
				count++
				lint(t, s, orders(s))
				if looseMarkers(m, s) {
					t.Errorf("not all partition columns are markers: %s", s)
				}
			}
			lint(t, m.DDL(), false)
		}
	}
	for _, s := range []string{askTables, askColumns, askReplication, askScylla, askScyllaVersion, askNow, createKeyspace("k", "d", 3),
		addColumn("t", "c", wide.KindSet.CQL()), setLife("t", 5)} {
		lint(t, s, false)
	}
	if count < 400 {
		t.Errorf("only %d statements", count)
	}
}

func lint(t *testing.T, statement string, badOrder bool) {
	t.Helper()
	for _, r := range rules {
		if r.name == "an order on part of the columns" {
			if badOrder {
				t.Errorf("%s: %s", r.name, statement)
			}
			continue
		}
		if broken(r, statement) {
			t.Errorf("%s: %s", r.name, statement)
		}
	}
}

// ordersAllColumns tells of a statement about a table whether it has an ORDER BY that does not name all clustering columns.
func ordersAllColumns(m *wide.Meta) func(string) bool {
	return func(s string) bool {
		_, order, found := strings.Cut(s, " ORDER BY ")
		return found && strings.Count(order, ",") != len(m.Clustering)-1
	}
}

// looseMarkers tells whether a statement does not fix all partition columns by markers, so that the driver could not send it
// to a replica. Scans need not.
func looseMarkers(m *wide.Meta, s string) bool {
	if strings.HasPrefix(s, "INSERT") || !strings.Contains(s, " WHERE ") || strings.Contains(s, "token(") {
		return false
	}
	return slices.ContainsFunc(m.Partition, func(i int) bool {
		return !regexp.MustCompile(`\b` + m.Columns[i].Name + `=\?`).MatchString(s)
	})
}
