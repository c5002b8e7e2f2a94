// Command beep-bench measures a Beep that runs as a process of its own on this machine, on the embedded store and on CQL +
// Redis in the same run: durable sends over HTTP, fan-out to event streams, what an idle stream costs, pages of history, the
// start; what a further node costs and what a hot channel asks of the store; what plugins cost; and beside them anchors, such as
// the disk's own fsync, the fan-out of Centrifuge's Go module and a call by Extism's, so that a figure can be read without
// knowing the machine.
//
// It owns the load and the counting. It refuses to look inside of what it measures, with two exceptions: a long history is put
// into the store through the node's own stores, since sending a million messages would be another benchmark; and guests are
// called through the plugin host without a node around it, since a call is a thousandth of a send. What it knows
// of Cassandra and Redis is what their own counters say. The load generator shares the machine's processors with what it
// measures; every part says how busy both were. Nodes and Redis are processes of its own on loopback, with a temporary
// folder; Cassandra is the one of BEEP_CQL_HOSTS, in keyspaces beep_bench_*. All of it ends with the command, but Cassandra.
//
//	cd bench && go run ./cmd/beep-bench -parts sends,fanout -engines embedded,cql -duration 10s -json results/today.json
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case anchorCommand:
			exit(serveAnchor())
		case nodeCommand:
			exit(serveNode())
		}
	}
	o, err := parseFlags(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	switch {
	case err != nil:
	case o.capacity != "":
		err = printCapacity(os.Stdout, o.capacity)
	default:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = run(ctx, o)
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "beep-bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// options are the flags, checked.
type options struct {
	parts    []string
	engines  []string
	skipped  []string // what is not measured, and why
	beep     string
	dir      string
	jsonFile string
	profile  string
	capacity string
	duration time.Duration
	senders  int
	channels int
	streams  int
	audience int
	history  []int
	access   bool
	factor   int // of the time limits of plugins
}

// part is one thing that is measured, once or on each of some engines.
type part struct {
	name, what string
	engines    []string // nil: it has nothing to do with them
	run        func(context.Context, *bench) error
}

func parts() []part {
	both := []string{engineEmbedded, engineCQL}
	return []part{
		{"disk", "append and fsync, the anchor of everything durable", nil, measureDisk},
		{"start", "start time and idle memory", both, measureStart},
		{"sends", "durable sends over HTTP", both, measureSends},
		{"streams", "memory of idle event streams with 50 servers joined", both, measureStreams},
		{"fanout", "deliveries to event streams", both, measureFanout},
		{"anchor", "the same fan-out by Centrifuge's Go module", nil, measureAnchor},
		{"hot", "many who open one channel at once", both, measureHot},
		{"nodes", "what a further node costs", both[1:], measureNodes},
		{"history", "pages of history", both, measureHistory},
		{"guests", "the plugin host and its guests, in this process", nil, measureGuests},
		{"plugins", "sends that pass through plugins", both[:1], measurePlugins},
	}
}

func parseFlags(args []string) (options, error) {
	var o options
	var wanted, engines, lengths string
	var quick bool
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	f := flag.NewFlagSet("beep-bench", flag.ContinueOnError)
	f.StringVar(&wanted, "parts", "all", "what to measure, of "+strings.Join(names, ","))
	f.StringVar(&engines, "engines", engineEmbedded+","+engineCQL, "stores to measure on; cql needs BEEP_CQL_HOSTS")
	f.BoolVar(&quick, "quick", false, "a short run that shows that everything works: 3 s each, few streams, histories of 10 and 100 thousand")
	f.StringVar(&o.beep, "beep", "", "binary to measure (default: one built from this checkout)")
	f.StringVar(&o.capacity, "capacity", "", "measure nothing; print the tables of docs/operators/capacity.md from a report in JSON")
	f.StringVar(&o.dir, "dir", "", "folder on the disk to measure on (default: the system's temporary folder)")
	f.StringVar(&o.jsonFile, "json", "", "write the figures to this file")
	f.StringVar(&o.profile, "profile", "", "write CPU profiles of the node during the sends to this file, with the engine after its name")
	f.DurationVar(&o.duration, "duration", 10*time.Second, "time of each measurement")
	f.IntVar(&o.senders, "senders", 64, "people who send at once")
	f.IntVar(&o.channels, "channels", 16, "channels they send to")
	f.IntVar(&o.streams, "streams", 2000, "idle streams")
	f.IntVar(&o.audience, "audience", 1000, "streams that hear each message of the fan-out")
	f.StringVar(&lengths, "history", "10000,100000,1000000", "messages in the channel whose pages are read")
	f.IntVar(&o.factor, "timefactor", 1, "multiplies the time limits of plugins in the part plugins: for a busy machine, to see that everything works")
	f.BoolVar(&o.access, "access", true, "leave the access log on, as it is by default")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if quick {
		o.duration, o.streams, o.audience, lengths = 3*time.Second, 200, 200, "10000,100000"
	}
	if err := o.chooseEngines(engines); err != nil {
		return o, err
	}
	for _, s := range strings.Split(lengths, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1000 || n > 10_000_000 {
			return o, fmt.Errorf("-history %s: want 1000 to 10000000", s)
		}
		o.history = append(o.history, n)
	}
	if wanted == "all" {
		wanted = strings.Join(names, ",")
	}
	for _, p := range strings.Split(wanted, ",") {
		if !slices.Contains(names, p) {
			return o, fmt.Errorf("-parts %s: there is %s", p, strings.Join(names, ", "))
		}
		o.parts = append(o.parts, p)
	}
	return o, check(o)
}

// chooseEngines leaves out what cannot be measured here, and says so in the report.
func (o *options) chooseEngines(wanted string) error {
	for _, e := range strings.Split(wanted, ",") {
		switch {
		case e != engineEmbedded && e != engineCQL:
			return fmt.Errorf("-engines %s: there is %s, %s", e, engineEmbedded, engineCQL)
		case e == engineCQL && os.Getenv(cqlHosts) == "":
			o.skipped = append(o.skipped, "cql: "+cqlHosts+" is not set; make stack-up, then eval \"$(deploy/stack/stack env)\"")
		default:
			o.engines = append(o.engines, e)
		}
	}
	return nil
}

func check(o options) error {
	for name, bad := range map[string]bool{
		"duration": o.duration < time.Second || o.duration > 10*time.Minute,
		"senders":  o.senders < 1 || o.senders > 5000,
		"channels": o.channels < 1 || o.channels > 400,
		"streams":  o.streams < 1 || o.streams > 20000,
		"audience": o.audience < 1 || o.audience > 20000,
		// what a node takes
		"timefactor": o.factor < 1 || o.factor > 100,
	} {
		if bad {
			return fmt.Errorf("-%s is out of range", name)
		}
	}
	return nil
}

// run measures what is wanted, in the order of parts, and reports also when a part fails.
func run(ctx context.Context, o options) (err error) {
	for _, what := range o.skipped {
		fmt.Fprintln(os.Stderr, "==> skipped,", what)
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, p := range parts() {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		if err := b.measure(ctx, p); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", p.name, err), b.report.write(o.jsonFile))
		}
	}
	return b.report.write(o.jsonFile)
}

// measure runs a part on each engine it is about.
func (b *bench) measure(ctx context.Context, p part) error {
	engines := []string{""}
	if p.engines != nil {
		engines = slices.DeleteFunc(slices.Clone(b.engines), func(e string) bool { return !slices.Contains(p.engines, e) })
	}
	for _, e := range engines {
		fmt.Fprintf(os.Stderr, "==> %s: %s %s\n", p.name, p.what, e)
		b.engine, b.report.engine = e, e
		began := time.Now()
		if err := p.run(ctx, b); err != nil {
			return fmt.Errorf("on %s: %w", e, err)
		}
		fmt.Fprintf(os.Stderr, "    %.0f s\n", time.Since(began).Seconds())
	}
	return nil
}
