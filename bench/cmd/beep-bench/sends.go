package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// warmUp comes before each measurement under load and is not counted.
const warmUp = 2 * time.Second

const outboxSends = 5000 // from which their outbox is megabytes

// measureSends has people send real texts as fast as each gets its answer: a closed loop, whose latencies are those of a
// machine at its limit.
func measureSends(ctx context.Context, b *bench) (err error) {
	s, err := b.open(ctx, "sends")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, _, err := s.start(ctx, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	people, err := register(p.addr, "sender", b.senders)
	defer hangUp(people)
	if err != nil {
		return err
	}
	channels, err := community(people, "sends", b.channels)
	if err != nil {
		return err
	}
	if _, err := sendFor(ctx, b, people, channels, warmUp); err != nil {
		return err
	}
	profiled := b.profileNode(p)
	tally, err := s.tally(ctx)
	if err != nil {
		return err
	}
	before := p.usage()
	h, err := sendFor(ctx, b, people, channels, b.duration)
	after := p.usage()
	took := after.at.Sub(before.at)
	if err != nil {
		return errors.Join(err, <-profiled)
	}
	note := fmt.Sprintf("%d senders, %d channels, %s, access log %v", b.senders, b.channels, b.promise(), b.access)
	b.report.add("sends", "durable sends", float64(h.TotalCount())/took.Seconds(), "/s", note)
	b.report.latencies("sends", "send", h)
	b.report.busy("sends", before, after)
	b.report.add("sends", "node's processor time a send", float64((after.node-before.node).Microseconds())/float64(h.TotalCount()), "µs", "")
	b.report.add("sends", "memory after", p.rss()/1024, "MB", "RSS")
	if err := tally.report(ctx, "sends", "a send", float64(h.TotalCount())); err != nil {
		return err
	}
	return errors.Join(<-profiled, s.reportOutbox(ctx))
}

// reportOutbox tells what a send leaves on Cassandra's disks for the two days in which its event can still be announced. It
// needs some megabytes to be told from nothing.
func (s *site) reportOutbox(ctx context.Context) error {
	if s.cassandra == nil {
		return nil
	}
	q, err := s.cassandra.queries(ctx)
	if err != nil || q.writes["messages"] < outboxSends {
		return err
	}
	bytes, err := s.cassandra.bytesOnDisk(ctx, "outbox")
	if err != nil {
		return err
	}
	s.b.report.add("sends", "disk a send's event", bytes/float64(q.writes["messages"]), "B", "in the outbox, one copy, told to the megabyte; gone after 48 hours")
	return nil
}

// promise says what an acknowledged send has behind it.
func (b *bench) promise() string {
	if b.engine == engineCQL {
		return b.report.Store
	}
	return "synced"
}

// busy tells how many processors each side used, and what else the machine did, which is what two runs differ by.
func (r *report) busy(part string, before, after usage) {
	took := after.at.Sub(before.at).Seconds()
	node, own := (after.node-before.node).Seconds()/took, (after.own-before.own).Seconds()/took
	other := max(0, (after.system-before.system).Seconds()/took-node-own)
	r.add(part, "processors of the node", node, "", fmt.Sprintf("load generator %.2f, everything else on the machine %.2f", own, other))
}

// sendFor has everybody send until the time is up, and gives the times in microseconds.
func sendFor(ctx context.Context, b *bench, people []*person, channels []string, d time.Duration) (*hdrhistogram.Histogram, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var mu sync.Mutex
	all := newHistogram()
	var failed error
	var wg sync.WaitGroup
	for i, p := range people {
		wg.Go(func() {
			h, err := sendLoop(ctx, p, "/api/v1/channels/"+channels[i%len(channels)]+"/messages", b.texts, i)
			mu.Lock()
			defer mu.Unlock()
			all.Merge(h)
			failed = errors.Join(failed, err)
		})
	}
	wg.Wait()
	if cause := context.Cause(ctx); failed == nil && errors.Is(cause, context.Canceled) {
		failed = cause
	}
	return all, failed
}

func sendLoop(ctx context.Context, p *person, path string, texts []string, seed int) (*hdrhistogram.Histogram, error) {
	h := newHistogram()
	stamp := strconv.FormatInt(time.Now().UnixNano(), 36) + "-"
	for n := 0; ctx.Err() == nil; n++ {
		body, err := json.Marshal(map[string]string{"content": texts[(seed*911+n)%len(texts)], "nonce": stamp + strconv.Itoa(n)})
		if err != nil {
			return h, err
		}
		began := time.Now()
		status, answer, err := p.conn.do("POST", path, p.token, body)
		if err != nil {
			return h, err
		}
		if status != http.StatusCreated {
			return h, fmt.Errorf("a send was answered %d %s", status, answer)
		}
		if err := h.RecordValue(max(1, time.Since(began).Microseconds())); err != nil {
			return h, err
		}
	}
	return h, nil
}

// profileNode takes a CPU profile of the node while it is measured, if one is wanted.
func (b *bench) profileNode(p *process) <-chan error {
	done := make(chan error, 1)
	if b.profile == "" {
		done <- nil
		return done
	}
	go func() {
		seconds := max(1, int(b.duration.Seconds())-1)
		done <- download(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.admin, seconds), b.profile+"."+b.engine)
	}()
	return done
}

func download(url, file string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, answer.Body)
	return errors.Join(err, f.Close())
}
