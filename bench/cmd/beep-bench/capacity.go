package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// The load that docs/operators/capacity.md plans for, and what nobody has measured.
const (
	planStreams    = 20_000     // people online, a stream each
	planSends      = 333.0      // messages a second at the busiest time
	planDaily      = 18_200_000 // messages a day: 182,000 students, 100 each
	planReaders    = 50.0       // streams that hear a message, on average
	planPages      = 6.5        // pages of history read for each send
	planOthers     = 6.9        // other requests for each send
	planOtherShare = 0.5        // of a page's processor time, for another request
	planLimitCall  = 30e-6      // seconds of Redis for one rate limit
	planCopies     = 3          // of each row
	planQuorum     = 2          // replicas that a read asks
	planLonger     = 1.5        // bytes of a message of 100 characters, for one of the texts here, which have 56
	planNodes      = 4          // Beep nodes
	planMargin     = 2.0        // machines are to be half busy at most
	outboxLife     = 2.0        // days
)

// source is a measured figure that the plan rests on: where the report has it, and how it becomes seconds or bytes.
type source struct {
	key, part, name string  // the name's end; of several figures the last counts, which is the longest history
	scale           float64 // to seconds or bytes
}

func sources() []source {
	return []source{
		{"send", "nodes", "3 nodes: node 1, processor time of 1,000 messages", 1e-6},
		{"hear", "nodes", "3 nodes: node 3, processor time of 1,000 messages", 1e-6},
		{"deliver", "nodes", "3 nodes: node 3, processor time of 1,000 deliveries", 1e-6},
		{"page", "history", "page anywhere: node's processor time a page", 1e-6},
		{"page bytes", "history", "page anywhere: bytes a page", 1},
		{"stream", "streams", "memory of an idle stream", 1024},
		{"cassandra send", "nodes", "Cassandra's processor time for 3 nodes: a message", 1e-6},
		{"cassandra page", "history", "page anywhere: Cassandra's processor time a page", 1e-6},
		{"message", "history", "disk a message", 1},
		{"event", "sends", "disk a send's event", 1},
		{"redis send", "nodes", "Redis's processor time for 3 nodes: a message", 1e-6},
		{"redis out", "nodes", "bytes out of Redis for 3 nodes: a message", 1},
	}
}

// outcome is one line of what follows.
type outcome struct {
	what, from string
	needs      []string
	unit       string
	value      func(m map[string]float64) float64
}

func outcomes() []outcome {
	beep := func(m map[string]float64) float64 {
		return planSends * (m["send"] + m["hear"]*(planNodes-1) + m["deliver"]*planReaders + m["page"]*(planPages+planOthers*planOtherShare))
	}
	store := func(m map[string]float64) float64 {
		return planSends * (m["cassandra send"]*planCopies + m["cassandra page"]*planPages*planQuorum)
	}
	disk := func(m map[string]float64) float64 { return planDaily * m["message"] * planLonger * planCopies }
	return []outcome{
		{"Beep: sends", "333 x send", []string{"send"}, "cores", func(m map[string]float64) float64 { return planSends * m["send"] }},
		{"Beep: hearing of them elsewhere", "333 x hear x 3 other nodes", []string{"hear"}, "cores", func(m map[string]float64) float64 { return planSends * m["hear"] * (planNodes - 1) }},
		{"Beep: deliveries", "333 x 50 x deliver", []string{"deliver"}, "cores", func(m map[string]float64) float64 { return planSends * planReaders * m["deliver"] }},
		{"Beep: pages of history", "333 x 6.5 x page", []string{"page"}, "cores", func(m map[string]float64) float64 { return planSends * planPages * m["page"] }},
		{"Beep: other requests", "333 x 6.9 x half of page", []string{"page"}, "cores", func(m map[string]float64) float64 { return planSends * planOthers * planOtherShare * m["page"] }},
		{"Beep: in all", "sum", []string{"send", "hear", "deliver", "page"}, "cores", beep},
		{"Beep: to have, half busy", "2 x sum", []string{"send", "hear", "deliver", "page"}, "cores", func(m map[string]float64) float64 { return planMargin * beep(m) }},
		{"Beep: memory of the streams", "20,000 x stream", []string{"stream"}, "GB", func(m map[string]float64) float64 { return planStreams * m["stream"] / 1e9 }},
		{"Cassandra: sends", "333 x cassandra send x 3 copies", []string{"cassandra send"}, "cores", func(m map[string]float64) float64 { return planSends * m["cassandra send"] * planCopies }},
		{"Cassandra: pages of history", "333 x 6.5 x cassandra page x 2 replicas", []string{"cassandra page"}, "cores", func(m map[string]float64) float64 { return planSends * planPages * m["cassandra page"] * planQuorum }},
		{"Cassandra: to have, half busy", "2 x sum", []string{"cassandra send", "cassandra page"}, "cores", func(m map[string]float64) float64 { return planMargin * store(m) }},
		{"Cassandra: messages a year", "18.2 million x 365 x message x 1.5 x 3 copies", []string{"message"}, "TB", func(m map[string]float64) float64 { return disk(m) * 365 / 1e12 }},
		{"Cassandra: the outbox", "18.2 million x 2 days x event x 1.5 x 3 copies", []string{"event"}, "GB", func(m map[string]float64) float64 {
			return planDaily * outboxLife * m["event"] * planLonger * planCopies / 1e9
		}},
		{"Redis: events and sends", "333 x redis send", []string{"redis send"}, "cores", func(m map[string]float64) float64 { return planSends * m["redis send"] }},
		{"Redis: limits of other requests", "333 x 13.4 x 30 µs", nil, "cores", func(map[string]float64) float64 { return planSends * (planPages + planOthers) * planLimitCall }},
		{"Network: pages to people", "333 x 6.5 x page bytes", []string{"page bytes"}, "Mbit/s", func(m map[string]float64) float64 { return planSends * planPages * m["page bytes"] * 8 / 1e6 }},
		{"Network: deliveries to people", "333 x 50 x redis out / 3", []string{"redis out"}, "Mbit/s", func(m map[string]float64) float64 {
			return planSends * planReaders * m["redis out"] / mostNodes * 8 / 1e6
		}},
		{"Redis: out to the nodes", "333 x redis out / 3 x 4 nodes", []string{"redis out"}, "Mbit/s", func(m map[string]float64) float64 {
			return planSends * m["redis out"] / mostNodes * planNodes * 8 / 1e6
		}},
	}
}

// printCapacity reads a report and prints the two tables of capacity.md: what it rests on, and what follows. What was not
// measured is named and nothing is made of it.
func printCapacity(w io.Writer, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		return fmt.Errorf("%s is not a report of this command: %w", file, err)
	}
	fmt.Fprintf(w, "%s, %d cores, %s, load before %s; %s\n\n| name | part: line | measured |\n|---|---|---|\n", r.At.Format("2006-01-02"),
		r.Machine.Cores, r.Machine.Go, r.Machine.Load, r.Store)
	measured := map[string]float64{}
	for _, s := range sources() {
		value := "not measured"
		for _, f := range r.Figures {
			if f.Engine == engineCQL && f.Part == s.part && strings.HasSuffix(f.Name, s.name) {
				measured[s.key] = f.Value * s.scale
				value = number(f.Value) + " " + f.Unit
			}
		}
		fmt.Fprintf(w, "| %s | `%s`: %s | %s |\n", s.key, s.part, s.name, value)
	}
	fmt.Fprint(w, "\n| what | from | extrapolated |\n|---|---|---|\n")
	for _, o := range outcomes() {
		fmt.Fprintf(w, "| %s | %s | %s |\n", o.what, o.from, o.show(measured))
	}
	return nil
}

func (o outcome) show(measured map[string]float64) string {
	for _, key := range o.needs {
		if v, ok := measured[key]; !ok || v < 0 || math.IsNaN(v) {
			return "needs " + key
		}
	}
	return number(o.value(measured)) + " " + o.unit
}
