package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// sendOnSchedule has people send at a rate whatever the answers do: each message has its moment, and its time counts from
// then, so that what waits behind a slow answer is not forgotten.
func (b *bench) sendOnSchedule(ctx context.Context, people []*person, channels []string, rate float64, d time.Duration) (*hdrhistogram.Histogram, error) {
	all := newHistogram()
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failed error
	began := time.Now()
	for i, p := range people {
		wg.Go(func() {
			s := schedule{began: began, first: i, step: len(people), rate: rate, length: d}
			h, err := b.scheduled(ctx, p, "/api/v1/channels/"+channels[i%len(channels)]+"/messages", s)
			mu.Lock()
			defer mu.Unlock()
			all.Merge(h)
			failed = errors.Join(failed, err)
		})
	}
	wg.Wait()
	return all, failed
}

// schedule gives one sender its share of the moments of all.
type schedule struct {
	began       time.Time
	first, step int
	rate        float64 // of all
	length      time.Duration
}

// at is the moment of a sender's nth message; false when it lies behind the end.
func (s schedule) at(n int) (time.Time, bool) {
	after := time.Duration(float64(s.first+n*s.step) / s.rate * float64(time.Second))
	return s.began.Add(after), after < s.length
}

func (b *bench) scheduled(ctx context.Context, p *person, path string, s schedule) (*hdrhistogram.Histogram, error) {
	h := newHistogram()
	for n := 0; ; n++ {
		at, more := s.at(n)
		if !more {
			return h, nil
		}
		select {
		case <-ctx.Done():
			return h, ctx.Err()
		case <-time.After(time.Until(at)):
		}
		body, err := json.Marshal(map[string]string{"content": b.texts[(s.first*911+n)%len(b.texts)], "nonce": fmt.Sprintf("s%d-%d", at.UnixNano(), s.first)})
		if err != nil {
			return h, err
		}
		status, answer, err := p.conn.do("POST", path, p.token, body)
		if err == nil && status != http.StatusCreated {
			err = fmt.Errorf("a send was answered %d %s", status, answer)
		}
		if err != nil {
			return h, err
		}
		if err := h.RecordValue(max(1, time.Since(at).Microseconds())); err != nil {
			return h, err
		}
	}
}
