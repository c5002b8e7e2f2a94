package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// measured is one line of a node's metrics.
type measured struct {
	labels map[string]string
	value  float64
}

// maxMetrics bounds what is read of a node's metrics, in bytes.
const maxMetrics = 4 << 20

var labelPattern = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

// readMetrics gives what a node tells of itself, by name.
func readMetrics(ctx context.Context, url string) (map[string][]measured, error) {
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxMetrics))
	return parseMetrics(string(text)), err
}

// parseMetrics reads lines such as: name{label="value"} 1
func parseMetrics(text string) map[string][]measured {
	all := map[string][]measured{}
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		at := strings.LastIndexByte(l, ' ')
		if at < 0 || strings.HasPrefix(l, "#") {
			continue
		}
		value, err := strconv.ParseFloat(l[at+1:], 64)
		if err != nil {
			continue
		}
		name, rest, _ := strings.Cut(l[:at], "{")
		m := measured{labels: map[string]string{}, value: value}
		for _, pair := range labelPattern.FindAllStringSubmatch(rest, -1) {
			m.labels[pair[1]] = pair[2]
		}
		all[name] = append(all[name], m)
	}
	return all
}

// callCounts are calls of plugins, by plugin: those that reached the guest, those of them that failed, and those that were
// refused before it was asked.
type callCounts struct{ reached, failed, refused map[string]float64 }

// The metrics they are read from, and the faults of calls that were not made.
const (
	callsMetric  = "beep_plugin_calls_total"
	faultsMetric = "beep_plugin_faults_total"
)

var notCalled = []string{"busy", "resting", "not_ready"}

func countCalls(ctx context.Context, url string) (callCounts, error) {
	all, err := readMetrics(ctx, url)
	if err != nil {
		return callCounts{}, err
	}
	return countsOf(all), nil
}

func countsOf(all map[string][]measured) callCounts {
	c := callCounts{map[string]float64{}, map[string]float64{}, map[string]float64{}}
	for _, m := range all[callsMetric] {
		c.reached[m.labels["plugin"]] += m.value
	}
	for _, m := range all[faultsMetric] {
		plugin := m.labels["plugin"]
		if slices.Contains(notCalled, m.labels["fault"]) {
			c.refused[plugin] += m.value
			c.reached[plugin] -= m.value
		} else {
			c.failed[plugin] += m.value
		}
	}
	return c
}

// since takes the counts of an earlier moment off.
func (c callCounts) since(before callCounts) callCounts {
	take := func(now, then map[string]float64) map[string]float64 {
		out := map[string]float64{}
		for k, v := range now {
			out[k] = v - then[k]
		}
		return out
	}
	return callCounts{take(c.reached, before.reached), take(c.failed, before.failed), take(c.refused, before.refused)}
}
