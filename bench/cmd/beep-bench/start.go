package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// measureStart starts a node where there is nothing, not even tables, and again on what that left, and looks at it while nothing happens.
func measureStart(ctx context.Context, b *bench) (err error) {
	s, err := b.open(ctx, "start")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, name := range []string{"first start, nothing there", "second start"} {
		p, ready, err := s.start(ctx, 1)
		if err != nil {
			return err
		}
		b.report.add("start", name, ready.Seconds()*1000, "ms", "from exec to ready, asked every 5 ms")
		if name == "second start" {
			err = b.idle(ctx, p)
		}
		if err := errors.Join(err, p.stop()); err != nil {
			return err
		}
	}
	return nil
}

// idle tells memory and processor time of a node that has nothing to do.
func (b *bench) idle(ctx context.Context, p *process) error {
	const long = 5 * time.Second
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settle):
	}
	cpu := p.cpu()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(long):
	}
	b.report.add("start", "idle memory", p.rss()/1024, "MB", "RSS, 7 s after the start")
	b.report.add("start", "idle processor", 100*(p.cpu()-cpu).Seconds()/long.Seconds(), "%", "of one core")
	return nil
}

// measureDisk appends half a kilobyte and syncs, one writer, which is the most that a store without shared syncs could do.
func measureDisk(ctx context.Context, b *bench) (err error) {
	f, err := os.Create(b.data("disk"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := newHistogram()
	block := make([]byte, 512)
	began := time.Now()
	for end := began.Add(b.duration / 4); time.Now().Before(end) && ctx.Err() == nil; {
		if err := syncOnce(f, block, h); err != nil {
			return err
		}
	}
	b.report.add("disk", "append and fsync", float64(h.TotalCount())/time.Since(began).Seconds(), "/s", fmt.Sprintf("%d bytes, one writer", len(block)))
	b.report.latencies("disk", "append and fsync", h)
	return ctx.Err()
}

func syncOnce(f *os.File, block []byte, h *hdrhistogram.Histogram) error {
	began := time.Now()
	if _, err := f.Write(block); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return h.RecordValue(max(1, time.Since(began).Microseconds()))
}
