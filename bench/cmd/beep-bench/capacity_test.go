package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCapacity makes the tables from a report whose figures are easy to follow, and from one where most is missing.
func TestCapacity(t *testing.T) {
	all := map[string]float64{"send": 500, "hear": 50, "deliver": 10, "page": 1000, "stream": 50, "cassandra send": 1000,
		"cassandra page": 1000, "message": 100, "event": 400, "redis send": 100, "redis out": 3000}
	cases := []struct {
		name   string
		values map[string]float64
		want   []string
	}{
		{"all", all, []string{
			"| Beep: sends | 333 x send | 0.17 cores |",
			"| Beep: hearing of them elsewhere | 333 x hear x 3 other nodes | 0.05 cores |",
			"| Beep: deliveries | 333 x 50 x deliver | 0.17 cores |",
			"| Beep: pages of history | 333 x 6.5 x page | 2.16 cores |",
			"| Beep: other requests | 333 x 6.9 x half of page | 1.15 cores |",
			"| Beep: in all | sum | 3.70 cores |",
			"| Beep: memory of the streams | 20,000 x stream | 1.02 GB |",
			"| Cassandra: sends | 333 x cassandra send x 3 copies | 1.00 cores |",
			"| Cassandra: pages of history | 333 x 6.5 x cassandra page x 2 replicas | 4.33 cores |",
			"| Cassandra: to have, half busy | 2 x sum | 10.7 cores |",
			"| Cassandra: messages a year | 18.2 million x 365 x message x 1.5 x 3 copies | 2.99 TB |",
			"| Cassandra: the outbox | 18.2 million x 2 days x event x 1.5 x 3 copies | 65.5 GB |",
			"| Redis: out to the nodes | 333 x redis out / 3 x 4 nodes | 10.7 Mbit/s |",
		}},
		{"little", map[string]float64{"send": 500, "deliver": -1}, []string{
			"| Beep: sends | 333 x send | 0.17 cores |",
			"| Beep: deliveries | 333 x 50 x deliver | needs deliver |",
			"| Beep: in all | sum | needs hear |",
			"| page | `history`: page anywhere: node's processor time a page | not measured |",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := report{engine: engineCQL}
			for _, s := range sources() {
				if v, ok := c.values[s.key]; ok {
					r.add(s.part, "10000 messages: "+s.name, 77, "", "") // a shorter history, which the last one replaces
					r.add(s.part, "1000000 messages: "+s.name, v, "", "")
				}
			}
			r.engine = engineEmbedded
			r.add("streams", "memory of an idle stream", 1, "", "")
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "r.json")
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := printCapacity(&out, file); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("there is no %q in\n%s", want, out.String())
				}
			}
		})
	}
}
