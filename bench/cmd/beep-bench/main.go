// Command beep-bench measures a Beep that runs as a process of its own on this machine: durable sends over HTTP, fan-out to
// event streams, what an idle stream costs, pages of history, the start; and beside them two anchors, the disk's own fsync and
// the fan-out of Centrifuge's Go module, so that a figure can be read without knowing the machine.
//
// It owns the load and the counting. It refuses to look inside of what it measures, with one exception: a long history is put
// into a data folder through the node's own stores, since sending a million messages would be another benchmark. The load
// generator shares the machine's processors with what it measures; every part says how busy both were. Everything is on
// loopback and in a temporary folder, and ends with the command.
//
//	cd bench && go run ./cmd/beep-bench -parts sends,fanout -duration 10s -json results/today.json
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
	if len(os.Args) > 1 && os.Args[1] == anchorCommand {
		exit(serveAnchor())
	}
	o, err := parseFlags(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
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
	beep     string
	dir      string
	jsonFile string
	profile  string
	duration time.Duration
	senders  int
	channels int
	streams  int
	audience int
	history  []int
	access   bool
}

// part is one thing that is measured.
type part struct {
	name, what string
	run        func(context.Context, *bench) error
}

func parts() []part {
	return []part{
		{"disk", "append and fsync, the anchor of everything durable", measureDisk},
		{"start", "start time and idle memory", measureStart},
		{"sends", "durable sends over HTTP", measureSends},
		{"streams", "memory of idle event streams with 50 servers joined", measureStreams},
		{"fanout", "deliveries to event streams", measureFanout},
		{"anchor", "the same fan-out by Centrifuge's Go module", measureAnchor},
		{"history", "pages of history", measureHistory},
	}
}

func parseFlags(args []string) (options, error) {
	var o options
	var wanted, lengths string
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	f := flag.NewFlagSet("beep-bench", flag.ContinueOnError)
	f.StringVar(&wanted, "parts", "all", "what to measure, of "+strings.Join(names, ","))
	f.StringVar(&o.beep, "beep", "", "binary to measure (default: one built from this checkout)")
	f.StringVar(&o.dir, "dir", "", "folder on the disk to measure on (default: the system's temporary folder)")
	f.StringVar(&o.jsonFile, "json", "", "write the figures to this file")
	f.StringVar(&o.profile, "profile", "", "write a CPU profile of the node during the sends to this file")
	f.DurationVar(&o.duration, "duration", 10*time.Second, "time of each measurement")
	f.IntVar(&o.senders, "senders", 64, "people who send at once")
	f.IntVar(&o.channels, "channels", 16, "channels they send to")
	f.IntVar(&o.streams, "streams", 2000, "idle streams")
	f.IntVar(&o.audience, "audience", 1000, "streams that hear each message of the fan-out")
	f.StringVar(&lengths, "history", "10000,1000000", "messages in the channel whose pages are read")
	f.BoolVar(&o.access, "access", true, "leave the access log on, as it is by default")
	if err := f.Parse(args); err != nil {
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

func check(o options) error {
	for name, bad := range map[string]bool{
		"duration": o.duration < time.Second || o.duration > 10*time.Minute,
		"senders":  o.senders < 1 || o.senders > 5000,
		"channels": o.channels < 1 || o.channels > 400,
		"streams":  o.streams < 1 || o.streams > 20000,
		"audience": o.audience < 1 || o.audience > 20000,
	} {
		if bad {
			return fmt.Errorf("-%s is out of range", name)
		}
	}
	return nil
}

// run measures what is wanted, in the order of parts, and reports also when a part fails.
func run(ctx context.Context, o options) (err error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, p := range parts() {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "==> %s: %s\n", p.name, p.what)
		if err := p.run(ctx, b); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", p.name, err), b.report.write(o.jsonFile))
		}
	}
	return b.report.write(o.jsonFile)
}
