package pluginhost

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/beep-chat/beep/core"
)

// ownMarkdown is Beep's own markdown plugin: the native renderer's syntax as a guest.
const ownMarkdown core.PluginID = "chat.beep.markdown"

// Render implements core.MessageHooks. What a plugin's prefilters let pass, and what it fails at, the native renderer renders.
func (h *Host) Render(ctx context.Context, server core.ServerID, content string) core.Rendered {
	p := h.renderer.Load()
	v := p.acquire()
	if v == nil {
		return h.o.Native.Render(ctx, server, content)
	}
	defer v.release()
	m, renders := v.Hooks[core.HookRender]
	if !renders || !h.passes(m.Prefilter, content) {
		return h.o.Native.Render(ctx, server, content)
	}
	version := h.renderVersion(v)
	if html, ok := h.cache.get(version, content); ok {
		return core.Rendered{HTML: html, Version: version}
	}
	html, err := h.guestHTML(v, server, content)
	if err != nil {
		var fault *FaultError
		if errors.As(err, &fault) && fault.Fault.called() {
			h.o.Logger.Warn("plugin failed", "plugin", v.ID, "hook", core.HookRender, "fault", fault.Fault, "error", err)
		}
		return h.o.Native.Render(ctx, server, content)
	}
	html = h.o.Native.Sanitize(html)
	h.cache.put(version, content, html)
	return core.Rendered{HTML: html, Version: version}
}

func (h *Host) guestHTML(v *version, server core.ServerID, content string) (string, error) {
	input := inputs.Get().(*[]byte)
	defer inputs.Put(input)
	*input = append(appendString(append((*input)[:0], `{"content":`...), content), '}')
	var out struct {
		HTML *string `json:"html"`
	}
	outcome, err := v.do(request{hook: core.HookRender, server: server, input: *input, read: func(b []byte) error {
		if err := unmarshal(b, &out); err != nil {
			return fmt.Errorf("the output is not JSON with html: %w", err)
		}
		if out.HTML == nil {
			return errors.New("the output has no html")
		}
		return nil
	}})
	if err == nil && outcome == NoChange {
		err = &FaultError{Plugin: v.ID, Hook: core.HookRender, Fault: FaultNotReady}
	}
	if err != nil {
		return "", err
	}
	return *out.HTML, nil
}

// inputs are the buffers in which inputs are written.
var inputs = sync.Pool{New: func() any { return new([]byte) }}

// RenderIsCurrent implements core.MessageHooks. While the guest is not in service, what it made before stays current too.
func (h *Host) RenderIsCurrent(version int64) bool {
	p := h.renderer.Load()
	v := p.acquire()
	if v == nil {
		return version < 0 || h.o.Native.RenderIsCurrent(version)
	}
	defer v.release()
	if _, renders := v.Hooks[core.HookRender]; !renders {
		return h.o.Native.RenderIsCurrent(version)
	}
	return version == h.renderVersion(v)
}

// renderVersion is the version of HTML that a guest makes: the native renderer's where it is the same syntax, else a negative
// number of the module and the sanitiser.
func (h *Host) renderVersion(v *version) int64 {
	if v.ID == ownMarkdown && v.Hooks[core.HookRender].Version == h.o.Syntax {
		return h.native
	}
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(v.hash[:], uint64(h.native)))
	return -1 - int64(binary.LittleEndian.Uint64(sum[:])>>2)
}

// Bounds of the render cache.
const (
	renderCacheBytes = 16 << 20
	maxCachedBytes   = 64 << 10 // of one content with its HTML
)

// renderCache keeps what guests rendered, least recently used first out.
type renderCache struct {
	mu    sync.Mutex
	known map[renderKey]*list.Element
	order list.List // of *rendered, the last used in front
	bytes int
}

type renderKey struct {
	version int64
	content string
}

type rendered struct {
	renderKey
	html string
}

func (r *rendered) size() int { return len(r.content) + len(r.html) + 200 }

func newRenderCache() *renderCache { return &renderCache{known: map[renderKey]*list.Element{}} }

func (c *renderCache) get(version int64, content string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.known[renderKey{version, content}]
	if !ok {
		return "", false
	}
	c.order.MoveToFront(e)
	return e.Value.(*rendered).html, true
}

func (c *renderCache) put(version int64, content, html string) {
	r := &rendered{renderKey{version, content}, html}
	if r.size() > maxCachedBytes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.known[r.renderKey]; ok {
		return
	}
	c.known[r.renderKey] = c.order.PushFront(r)
	c.bytes += r.size()
	for c.bytes > renderCacheBytes {
		last := c.order.Back()
		old := c.order.Remove(last).(*rendered)
		delete(c.known, old.renderKey)
		c.bytes -= old.size()
	}
}
