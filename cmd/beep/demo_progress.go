package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/beep-chat/beep/cmd/beep/demo"
)

// newProgress shows how far the filling is: a bar with the rate on a terminal, a line for each tenth elsewhere. What it gives
// may be called from several goroutines.
func newProgress(out io.Writer) func(demo.Stage, int, int) {
	words := map[demo.Stage]string{demo.Arriving: "People come in", demo.Talking: "They talk     "}
	f, ok := out.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) {
		return newBars(out, words)
	}
	var mu sync.Mutex
	told := map[demo.Stage]int{}
	began := map[demo.Stage]time.Time{}
	return func(stage demo.Stage, done, total int) {
		mu.Lock()
		defer mu.Unlock()
		if began[stage].IsZero() {
			began[stage] = time.Now()
		}
		if tenth := done * 10 / total; tenth > told[stage] {
			told[stage] = tenth
			fmt.Fprintf(out, "%s  %3d %%  %d of %d, %.0f/s\n", words[stage], tenth*10, done, total, perSecond(done, time.Since(began[stage])))
		}
	}
}

func newBars(out io.Writer, words map[demo.Stage]string) func(demo.Stage, int, int) {
	var mu sync.Mutex
	bars := map[demo.Stage]*progressbar.ProgressBar{}
	return func(stage demo.Stage, _, total int) {
		mu.Lock()
		defer mu.Unlock()
		bar := bars[stage]
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(words[stage]),
				progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(string(stage)),
				progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionOnCompletion(func() { fmt.Fprintln(out) }))
			bars[stage] = bar
		}
		_ = bar.Add(1) // fails only when the terminal does
	}
}

func printReport(out io.Writer, r demo.Report) {
	if r.Sent == 0 {
		fmt.Fprintf(out, "The demo is complete: %d messages in %d channels.\n", r.Present, r.Channels)
		return
	}
	fmt.Fprintf(out, "%d messages sent in %s (%.0f/s), %d were there; %d people came in, %d channels.\n",
		r.Sent, r.Sending.Round(time.Millisecond), perSecond(r.Sent, r.Sending), r.Present, r.People, r.Channels)
}

// perSecond is a rate; of no time it is 0.
func perSecond(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}
