package pluginhost

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/beep-chat/beep/core"
)

// DefaultMemoryBytes is what all instances of all plugins may use together.
const DefaultMemoryBytes = 512 << 20

// maxQueue bounds the packages that wait to be compiled, maxCold the servers that wait to be warmed: one that finds no place is not.
const (
	maxQueue = 64
	maxCold  = 256
)

// Renderer is the native renderer, which answers where no guest does.
type Renderer interface {
	core.MessageHooks
	// Plain tells whether a content has nothing that Markdown may read, and gives its HTML then.
	Plain(content string) (html string, ok bool)
	// Sanitize removes from HTML what is not on the allow-list.
	Sanitize(html string) string
}

// Settings tells which plugins judge the messages of a server, and takes what they find.
type Settings interface {
	// Settings lists the enabled ones. It is asked for every message.
	Settings(ctx context.Context, server core.ServerID) ([]core.PluginSettings, error)
	// Record keeps a verdict for the server's moderators. It does not block.
	Record(v core.VerdictRecord)
}

// Options are what a Host works with.
type Options struct {
	// CacheDir keeps rewritten modules and native code, which is as sensitive as the binary itself: it is made for this user
	// alone. "": nothing is kept.
	CacheDir string
	Native   Renderer
	// Syntax is the version of Beep's own Markdown. A markdown guest of the same id and version gives the same HTML as the native
	// renderer, so what one has made the other need not make again.
	Syntax            int
	Settings          Settings
	MessageCharacters int   // of a content that a plugin puts in place; 0: no limit
	MemoryBytes       int64 // 0: DefaultMemoryBytes
	TimeFactor        int   // multiplies the time limits, for slow machines; 0: 1
	Logger            *slog.Logger
	OnCall            func(Call) // after every call, on its goroutine; nil: none
	// OnProgress is told when a plugin begins to compile, is ready or failed.
	OnProgress func(Progress)
}

// Progress is a step on the way of a package into service.
type Progress struct {
	Plugin  core.PluginID
	Version string
	State   core.PluginState
	Cached  bool // its native code was there already
	Err     error
}

// Package is a plugin as it is installed. Signatures, fixtures and assets join it with the package format.
type Package struct {
	Wasm []byte // with the sections beep.abi and beep.manifest
}

// Host runs plugins.
type Host struct {
	o      Options
	memory memory
	slots  chan struct{}
	cache  *renderCache
	native int64 // version of the native renderer

	mu       sync.Mutex // guards writes of plugins and closed
	plugins  atomic.Pointer[map[core.PluginID]*plugin]
	renderer atomic.Pointer[plugin] // the one with markdown.render
	closed   bool
	queue    chan install
	cold     chan core.ServerID // servers whose new configurations instances have not seen
	stop     context.CancelFunc
	tasks    sync.WaitGroup
}

var _ core.MessageHooks = (*Host)(nil)

// plugin is an installed plugin through its versions.
type plugin struct {
	id      core.PluginID
	slots   *slots
	log     *guestLog
	current atomic.Pointer[version]

	mu       sync.Mutex
	manifest Manifest // of the newest version, ready or not
	state    core.PluginState
	problem  string
}

type install struct {
	p        *plugin
	manifest Manifest
	wasm     []byte
	done     chan<- error // nil: nobody waits
}

// New makes a Host without plugins.
func New(o Options) (*Host, error) {
	if o.Native == nil || o.Settings == nil {
		return nil, errors.New("pluginhost: a host needs a native renderer and settings")
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = DefaultMemoryBytes
	}
	if o.TimeFactor == 0 {
		o.TimeFactor = 1
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnCall == nil {
		o.OnCall = func(Call) {}
	}
	if o.OnProgress == nil {
		o.OnProgress = func(Progress) {}
	}
	if err := prepareCache(o.CacheDir); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	h := &Host{o: o, memory: memory{budget: o.MemoryBytes}, slots: make(chan struct{}, allSlots()), cache: newRenderCache(),
		native: o.Native.Render(context.Background(), 0, "").Version,
		queue:  make(chan install, maxQueue), cold: make(chan core.ServerID, maxCold), stop: stop}
	h.plugins.Store(&map[core.PluginID]*plugin{})
	h.tasks.Go(func() { h.work(ctx) })
	return h, nil
}

// Install reads a package and has it compiled in the background; then it takes the place of the version before it. What can be
// refused without compiling is refused at once.
func (h *Host) Install(p Package) (core.PluginID, error) { return h.enqueue(p, nil) }

// InstallNow is Install that waits until the version is in service or failed.
func (h *Host) InstallNow(ctx context.Context, p Package) (core.PluginID, error) {
	done := make(chan error, 1)
	id, err := h.enqueue(p, done)
	if err != nil {
		return id, err
	}
	select {
	case err = <-done:
		return id, err
	case <-ctx.Done():
		return id, ctx.Err()
	}
}

func (h *Host) enqueue(p Package, done chan<- error) (core.PluginID, error) {
	manifest, err := inspect(p.Wasm)
	if err != nil {
		return manifest.ID, fmt.Errorf("install plugin: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return manifest.ID, errors.New("install plugin: the host is closed")
	}
	installed := h.register(manifest)
	select {
	case h.queue <- install{installed, manifest, p.Wasm, done}:
	default:
		return manifest.ID, fmt.Errorf("install plugin %s: %d packages wait already; try again when they are compiled", manifest.ID, maxQueue)
	}
	installed.set(manifest, core.PluginCompiling, "")
	return manifest.ID, nil
}

// register finds or makes the plugin's place; the caller holds mu.
func (h *Host) register(m Manifest) *plugin {
	known := *h.plugins.Load()
	if p, ok := known[m.ID]; ok {
		return p
	}
	next := make(map[core.PluginID]*plugin, len(known)+1)
	for id, p := range known {
		next[id] = p
	}
	p := &plugin{id: m.ID, slots: newSlots(h.slots), log: &guestLog{logger: h.o.Logger, plugin: m.ID}}
	next[m.ID] = p
	h.plugins.Store(&next)
	return p
}

// work compiles, one package after the other, and warms.
func (h *Host) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case server := <-h.cold:
			h.warm(ctx, server)
		case job := <-h.queue:
			err := h.bring(ctx, job)
			if job.done != nil {
				job.done <- err
			}
			if len(h.queue) == 0 {
				debug.FreeOSMemory() // a compiler leaves more garbage than a quiet node would clear up in minutes
			}
		}
	}
}

// bring compiles a package and puts it in service.
func (h *Host) bring(ctx context.Context, job install) error {
	m := job.manifest
	h.o.OnProgress(Progress{Plugin: m.ID, Version: m.Version, State: core.PluginCompiling})
	v, cached, err := h.load(ctx, job)
	if err != nil {
		err = fmt.Errorf("install plugin %s %s: %w", m.ID, m.Version, err)
		job.p.set(m, core.PluginFailed, err.Error())
		h.o.OnProgress(Progress{Plugin: m.ID, Version: m.Version, State: core.PluginFailed, Err: err})
		return err
	}
	if !h.swap(job.p, v) {
		v.release()
		return errors.New("install plugin: the host is closed")
	}
	job.p.set(m, core.PluginReady, "")
	h.o.OnProgress(Progress{Plugin: m.ID, Version: m.Version, State: core.PluginReady, Cached: cached})
	return nil
}

// swap puts a version in the place of the one before, which ends with its last call.
func (h *Host) swap(p *plugin, v *version) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	if old := p.current.Swap(v); old != nil {
		old.release()
	}
	if _, ok := v.Hooks[core.HookRender]; ok {
		h.renderer.Store(p)
	}
	return true
}

// Close ends every plugin, after the calls under way.
func (h *Host) Close() {
	h.mu.Lock()
	first := !h.closed
	h.closed = true
	h.mu.Unlock()
	if !first {
		return
	}
	h.stop()
	for _, p := range *h.plugins.Load() {
		if v := p.current.Swap(nil); v != nil {
			v.release()
		}
	}
	h.tasks.Wait()
	for {
		select {
		case job := <-h.queue:
			if job.done != nil {
				job.done <- errors.New("install plugin: the host is closed")
			}
		default:
			return
		}
	}
}

func (h *Host) find(id core.PluginID) *plugin { return (*h.plugins.Load())[id] }

// acquire gives the version in service, to be released; nil when there is none.
func (p *plugin) acquire() *version {
	for p != nil {
		v := p.current.Load()
		if v == nil {
			return nil
		}
		if v.acquire() {
			return v
		}
	}
	return nil
}

// set tells how far a version is. While the one before it serves, that one is what people see.
func (p *plugin) set(m Manifest, s core.PluginState, problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problem = problem
	if s == core.PluginReady || p.state != core.PluginReady {
		p.manifest, p.state = m, s
	}
}

// Installed tells of every plugin, by id.
func (h *Host) Installed() []core.Plugin {
	known := *h.plugins.Load()
	out := make([]core.Plugin, 0, len(known))
	for _, p := range known {
		out = append(out, p.describe())
	}
	slices.SortFunc(out, func(a, b core.Plugin) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (p *plugin) describe() core.Plugin {
	p.mu.Lock()
	d := core.Plugin{ID: p.id, Version: p.manifest.Version, Name: p.manifest.Name, Description: p.manifest.Description,
		Hooks: p.manifest.sortedHooks(), Schema: p.manifest.Config, State: p.state, Problem: p.problem}
	_, d.PerServer = p.manifest.Hooks[core.HookModerate]
	p.mu.Unlock()
	if v := p.acquire(); v != nil {
		d.Resting = v.resting()
		v.release()
	}
	return d
}

// unmarshal reads what a guest wrote: one JSON value and nothing after it.
func unmarshal(b []byte, into any) error { return json.Unmarshal(b, into) }
