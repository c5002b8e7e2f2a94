package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
)

// instances that are made to be measured: a host lets no more of a plugin wait than 32.
const instances = 24

// measureStarts installs all built-in guests where nothing was compiled, and again with what that left.
func (b *bench) measureStarts(ctx context.Context, guests map[core.PluginID]module) error {
	var wasm [][]byte
	for _, id := range slices.Sorted(maps.Keys(guests)) {
		m := guests[id]
		wasm = append(wasm, m.wasm)
		packed, err := compressed(m.wasm)
		if err != nil {
			return err
		}
		b.report.atMost("guests", m.name+": compressed", float64(packed)/1e6, guestSizeGoal, "MB",
			fmt.Sprintf("gzip; %.2f MB unpacked", float64(len(m.wasm))/1e6))
	}
	cold, err := b.startHost(ctx, wasm)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%d guests one after the other: verified, metered, compiled", len(wasm))
	b.report.atMost("guests", "cold start of all", cold.Seconds(), coldStartGoal, "s", note)
	var warm []float64
	for range 5 {
		took, err := b.startHost(ctx, wasm)
		if err != nil {
			return err
		}
		warm = append(warm, float64(took.Microseconds())/1000)
	}
	b.report.atMost("guests", "warm start of all", median(warm), warmStartGoal, "ms", "native code from the disk; median of 5, longest "+number(slices.Max(warm))+" ms")
	return nil
}

func (b *bench) startHost(ctx context.Context, wasm [][]byte) (time.Duration, error) {
	began := time.Now()
	h, err := b.host(ctx, b.guestCache(), nil, wasm...)
	if err != nil {
		return 0, err
	}
	defer h.Close()
	return time.Since(began), nil
}

// compressed is the size of a module as it lies in the binary.
func compressed(wasm []byte) (int, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := z.Write(wasm); err != nil {
		return 0, err
	}
	return out.Len(), z.Close()
}

// measureInstances has a host make instances of a guest, one for each server, and looks at time and memory. A configuration is
// compiled with the first call.
func (b *bench) measureInstances(ctx context.Context, name string, m module, config []byte) error {
	wasm, err := m.perServer()
	if err != nil {
		return err
	}
	h, err := b.host(ctx, b.guestCache(), func(o *pluginhost.Options) { o.MemoryBytes = 4 << 30 }, wasm)
	if err != nil {
		return err
	}
	defer h.Close()
	ask := b.asker(h, m, config)
	debug.FreeOSMemory()
	before := ownRSS()
	var starts []float64
	for server := range instances {
		began := time.Now()
		if err := ask(core.ServerID(server+1), 0); err != nil {
			return err
		}
		starts = append(starts, float64(time.Since(began).Microseconds())/1000)
	}
	for server := range instances {
		for text := range 50 {
			if err := ask(core.ServerID(server+1), text); err != nil {
				return err
			}
		}
	}
	debug.FreeOSMemory()
	grown := ownRSS() - before
	stats, linear := h.Stats()
	live := float64(stats[0].Instances)
	add := func(what string, value float64, unit, note string) {
		b.report.add("guests", name+": "+what, value, unit, note)
	}
	add("start of an instance", median(starts), "ms", fmt.Sprintf("with its first call; median of %d, longest %s ms", instances, number(slices.Max(starts))))
	add("linear memory of an instance", float64(linear)/1e6/live, "MB", fmt.Sprintf("after 50 real texts, %.0f instances", live))
	add("resident memory of an instance", grown/1024/live, "MB", "what the process grew by, divided")
	return nil
}

// asker gives a call of the guest with one of the real texts, for a server.
func (b *bench) asker(h *pluginhost.Host, m module, config []byte) func(server core.ServerID, text int) error {
	q := pluginhost.Question{Plugin: m.manifest.ID, Hook: core.HookRender, Read: ignore}
	if m.manifest.ID == moderationGuest {
		q.Hook, q.Config = core.HookModerate, h.WithDefaults(m.manifest.ID, config)
	}
	texts := sample(b.texts, sampleTexts, readsMarkdown)
	return func(server core.ServerID, text int) (err error) {
		content := texts[text%len(texts)]
		q.Server = server
		q.Input, err = renderInput(content)
		if q.Hook == core.HookModerate {
			q.Input, err = m.moderateInput(content)
		}
		if err != nil {
			return err
		}
		_, err = h.Ask(q)
		return err
	}
}

// ignore takes an output and looks at nothing.
func ignore([]byte) error { return nil }

// readsMarkdown tells whether a content has anything that Markdown may read.
func readsMarkdown(content string) bool { return strings.ContainsAny(content, markBytes) }

// ownRSS is the resident memory of this process in KB.
func ownRSS() float64 {
	value, _, _ := strings.Cut(field("/proc/"+strconv.Itoa(os.Getpid())+"/status", "VmRSS"), " ")
	kb, _ := strconv.ParseFloat(value, 64)
	return kb
}
