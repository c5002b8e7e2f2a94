package cql

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/wide"
)

var update = flag.Bool("update", false, "write the newest step of the schema anew")

// TestSchemaFiles keeps schema/*.cql, which an operator can read and run: 0000.cql holds the engine's own tables, and each
// later file what its version of the schema adds to those before it (the first has number 2: version 1 was never on a
// cluster). Only the newest may change; -update writes it.
func TestSchemaFiles(t *testing.T) {
	checkSchemaFile(t, 0, map[string]liveTable{}, ownTables())
	live := map[string]liveTable{}
	for v := firstSchema; v < storage.SchemaVersion; v++ {
		readSchemaFile(t, schemaFile(v), live)
	}
	checkSchemaFile(t, storage.SchemaVersion, live, storage.Schema().Tables())
	files, err := filepath.Glob("schema/*.cql")
	if err != nil || len(files) != storage.SchemaVersion-firstSchema+2 {
		t.Errorf("%d schema files for version %d (%v)", len(files), storage.SchemaVersion, err)
	}
}

const firstSchema = 2

func schemaFile(version int) string { return fmt.Sprintf("schema/%04d.cql", version) }

func checkSchemaFile(t *testing.T, version int, live map[string]liveTable, tables []*wide.Meta) {
	t.Helper()
	steps, err := plan(live, tables)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.statement + ";\n\n")
	}
	got := strings.TrimSuffix(b.String(), "\n")
	if *update {
		if err := os.WriteFile(schemaFile(version), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile(version))
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the declarations say. If no version with it was released, run with -update; else raise "+
			"storage.SchemaVersion first.", schemaFile(version))
	}
	readSchemaFile(t, schemaFile(version), live)
	if left, err := plan(live, tables); err != nil || len(left) != 0 {
		t.Errorf("after %s there is still %v to do (%v)", schemaFile(version), left, err)
	}
}

var (
	createLine = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS (\w+) \(`)
	columnLine = regexp.MustCompile(`^    (\w+) ([a-z<>]+),$`)
	keyLine    = regexp.MustCompile(`^    PRIMARY KEY \(\(([^)]*)\)(.*)\)$`)
	orderPart  = regexp.MustCompile(`CLUSTERING ORDER BY \(([^)]*)\)`)
	lifePart   = regexp.MustCompile(`default_time_to_live = (\d+)`)
	addLine    = regexp.MustCompile(`^ALTER TABLE (\w+) ADD (\w+) (\S+)$`)
	lifeLine   = regexp.MustCompile(`^ALTER TABLE (\w+) WITH `)
)

// readSchemaFile reads back what plan writes, into the form in which a server tells of its tables.
func readSchemaFile(t *testing.T, name string, live map[string]liveTable) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		statement = strings.TrimSpace(statement)
		if m := addLine.FindStringSubmatch(statement); m != nil {
			live[m[1]].columns[m[2]] = liveColumn{"regular", m[3], -1, "none"}
		} else if m := lifeLine.FindStringSubmatch(statement); m != nil {
			live[m[1]] = liveTable{ttl: lifeOf(statement), columns: live[m[1]].columns}
		} else if m := createLine.FindStringSubmatch(statement); m != nil {
			live[m[1]] = readTable(statement)
		} else if statement != "" {
			t.Fatalf("%s: cannot read %q", name, statement)
		}
	}
}

func lifeOf(statement string) int {
	m := lifePart.FindStringSubmatch(statement)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

func readTable(statement string) liveTable {
	table := liveTable{ttl: lifeOf(statement), columns: make(map[string]liveColumn)}
	set := func(name, kind string, position int, order string) {
		table.columns[name] = liveColumn{kind, table.columns[name].kindOf, position, order}
	}
	for line := range strings.Lines(statement) {
		line = strings.TrimRight(line, "\n")
		line, _, _ = strings.Cut(line, " WITH ")
		if m := columnLine.FindStringSubmatch(line); m != nil {
			table.columns[m[1]] = liveColumn{"regular", m[2], -1, "none"}
		}
		m := keyLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for i, name := range strings.Split(m[1], ", ") {
			set(name, "partition_key", i, "none")
		}
		for i, name := range strings.Split(m[2], ", ") {
			if i > 0 {
				set(name, "clustering", i-1, "asc")
			}
		}
	}
	if m := orderPart.FindStringSubmatch(statement); m != nil {
		for i, part := range strings.Split(m[1], ", ") {
			name, order, _ := strings.Cut(part, " ")
			set(name, "clustering", i, strings.ToLower(order))
		}
	}
	return table
}

// TestPlan: what is missing is added, what is more is left, what differs is refused.
func TestPlan(t *testing.T) {
	type before struct {
		ID   int64  `wide:"note_id,partition"`
		Text string `wide:"text,1,mandatory"`
		Old  string `wide:"old,9"`
	}
	type after struct {
		ID   int64     `wide:"note_id,partition"`
		Text string    `wide:"text,1,mandatory"`
		At   time.Time `wide:"at,2"`
		Refs []int64   `wide:"refs,3"`
	}
	was := wide.Define[before](wide.Spec{ID: 1, Name: "notes"})
	is := wide.Define[after](wide.Spec{ID: 1, Name: "notes", LWT: true, TTL: time.Hour})
	live := map[string]liveTable{"notes": {columns: declaredColumns(was.Meta())}, "others": {}}
	got, err := plan(live, []*wide.Meta{is.Meta()})
	want := []step{
		{"add notes.at", "ALTER TABLE notes ADD at timestamp"},
		{"add notes.commit_id", "ALTER TABLE notes ADD commit_id bigint"},
		{"add notes.refs", "ALTER TABLE notes ADD refs frozen<set<bigint>>"},
		{"set the life of notes to 3600 s", "ALTER TABLE notes WITH default_time_to_live = 3600"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %v", got, err)
	}
	type turned struct {
		ID int64 `wide:"note_id,partition"`
		At int64 `wide:"at,desc"`
	}
	asc := declaredColumns(wide.Define[turned](wide.Spec{ID: 1, Name: "turns"}).Meta())
	asc["at"] = liveColumn{"clustering", "bigint", 0, "asc"}
	if _, err := plan(map[string]liveTable{"turns": {columns: asc}}, []*wide.Meta{wide.Define[turned](wide.Spec{ID: 1, Name: "turns"}).Meta()}); err == nil {
		t.Error("another order is not refused")
	}
	asc["at"] = liveColumn{"clustering", "bigint", 0, "desc"}
	asc["more"] = liveColumn{"clustering", "bigint", 1, "asc"}
	if _, err := plan(map[string]liveTable{"turns": {columns: asc}}, []*wide.Meta{wide.Define[turned](wide.Spec{ID: 1, Name: "turns"}).Meta()}); err == nil {
		t.Error("another key column is not refused")
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		product, version string
		ok               bool
	}{
		{cassandra, "5.0.8", true}, {cassandra, "5.0.0", true}, {cassandra, "6.0.0", true}, {cassandra, "4.1.9", false}, {cassandra, "", false},
		{scylla, "2025.4.0-0.20251020.abcdef", true}, {scylla, "2026.1.0~rc1-0.2026", true}, {scylla, "2025.3.9", false}, {scylla, "6.2.3", false}, {scylla, "odd", false},
	} {
		if err := checkVersion(c.product, c.version); (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.product, c.version, err)
		}
	}
}

func TestDDLErrors(t *testing.T) {
	if err := ddlError("CREATE TABLE t", errDenied); !strings.Contains(err.Error(), "grant it CREATE and ALTER") || !strings.Contains(err.Error(), "CREATE TABLE t") {
		t.Error(err)
	}
}
