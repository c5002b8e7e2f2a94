package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// byteProgress shows how far a long reading or writing is. begin comes first, end last; add from one goroutine.
type byteProgress interface {
	begin(total int64)
	add(bytes int)
	end()
}

// newByteProgress is a bar on a terminal, elsewhere a line for each quarter.
func newByteProgress(out io.Writer, what string) byteProgress {
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &byteBar{out: out, what: what}
	}
	return &byteLines{out: out, what: what}
}

type byteBar struct {
	out  io.Writer
	what string
	bar  *progressbar.ProgressBar
}

func (b *byteBar) begin(total int64) {
	b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(b.what),
		progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond))
}

func (b *byteBar) add(bytes int) { _ = b.bar.Add(bytes) } // fails only when the terminal does

func (b *byteBar) end() { fmt.Fprintln(b.out) }

type byteLines struct {
	out         io.Writer
	what        string
	done, total int64
	told        int64
}

func (l *byteLines) begin(total int64) {
	l.total = total
	fmt.Fprintf(l.out, "%s %s\n", l.what, fileSize(total))
}

func (l *byteLines) add(bytes int) {
	l.done += int64(bytes)
	if quarter := l.done * 4 / max(l.total, 1); quarter > l.told {
		l.told = quarter
		fmt.Fprintf(l.out, "%s %3d %%\n", l.what, min(quarter, 4)*25)
	}
}

func (l *byteLines) end() {}
