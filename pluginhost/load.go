package pluginhost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost/meter"
)

// inspect reads what a module says of itself, without running or compiling it.
func inspect(wasm []byte) (Manifest, error) {
	sections, err := meter.Sections(wasm)
	if err != nil {
		return Manifest{}, err
	}
	return parseManifest(sections)
}

// allowedImport is the allow-list of docs/plugins/abi.md.
func allowedImport(module, name string) bool {
	switch module {
	case hostModule:
		_, ok := hostFunctions[name]
		return ok
	case wasiModule:
		_, ok := wasiFunctions[name]
		return ok
	}
	return false
}

// metered gives the rewritten module: from the folder if it is there and whole, else it is made and kept.
func metered(wasm []byte, dir string) (m keptModule, err error) {
	if m, ok := readModule(dir); ok {
		return m, nil
	}
	made, err := meter.Rewrite(wasm, meter.Limits{MaxPages: memoryPages, Imports: allowedImport})
	if err != nil {
		return m, err
	}
	m = keptModule{wasm: made.Wasm, minPages: made.MinPages, maxPages: made.MaxPages}
	return m, m.write(dir)
}

// load makes a version of a package: verified, metered, compiled, with one instance ready.
func (h *Host) load(ctx context.Context, job install) (v *version, cached bool, err error) {
	hash := sha256.Sum256(job.wasm)
	dir := h.nativeDir(hash)
	cached = dir != "" && filled(dir)
	module, err := metered(job.wasm, dir)
	if err != nil {
		return nil, false, err
	}
	checker, err := compileSchema(job.manifest.Config)
	if err != nil {
		return nil, false, err
	}
	v = &version{Manifest: job.manifest, schema: checker, memory: &h.memory, log: job.p.log, minPages: module.minPages, maxPages: module.maxPages,
		breakers: map[core.Hook]*breaker{}, slots: job.p.slots, factor: time.Duration(h.o.TimeFactor), onCall: h.o.OnCall, hash: hash, tasks: &h.tasks}
	v.rested = func(name core.Hook, off bool) { h.tellRest(v, name, off) }
	for name := range v.Hooks {
		v.breakers[name] = &breaker{}
	}
	err = v.compile(ctx, module.wasm, dir)
	if err != nil && cached { // what is kept may be harmed: once more from the beginning
		h.o.Logger.Warn("plugin cache cannot be read and is made again", "plugin", v.ID, "folder", dir, "error", err)
		cached = false
		if err = os.RemoveAll(dir); err == nil {
			err = errors.Join(module.write(dir), v.compile(ctx, module.wasm, dir))
		}
	}
	if err != nil {
		return nil, cached, err
	}
	v.refs.Store(1)
	h.tasks.Add(1)
	in, err := v.fresh()
	if err != nil {
		v.release()
		return nil, cached, err
	}
	v.pool.give(in, time.Now())
	return v, cached, nil
}

// compile makes native code, or takes it from the folder.
func (v *version) compile(ctx context.Context, module []byte, dir string) error {
	v.cache = wazero.NewCompilationCache()
	if dir != "" {
		kept, err := wazero.NewCompilationCacheWithDir(dir)
		if err != nil {
			return fmt.Errorf("open the cache of native code: %w", err)
		}
		v.cache = kept
	}
	v.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(v.cache).WithMemoryLimitPages(memoryPages).
		WithCoreFeatures(api.CoreFeaturesV2).WithDebugInfoEnabled(false).WithCloseOnContextDone(false))
	err := define(ctx, v.runtime)
	if err == nil {
		v.compiled, err = v.runtime.CompileModule(ctx, module)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("compile: %w", short(err)), v.runtime.Close(ctx), v.cache.Close(ctx))
	}
	return nil
}

func (h *Host) tellRest(v *version, name core.Hook, off bool) {
	if off {
		h.o.Logger.Error("plugin switched off: it keeps failing", "plugin", v.ID, "version", v.Version, "hook", name, "rests", maxRests)
		return
	}
	h.o.Logger.Warn("plugin rests: it failed too often", "plugin", v.ID, "version", v.Version, "hook", name)
}

// prepareCache makes the folder of the cache for this user alone: native code that someone else may write is code that someone else
// may run.
func prepareCache(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("plugin cache: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("plugin cache: %w", err)
	}
	if loose := info.Mode().Perm() & 0o077; loose != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("plugin cache %s is open to others (%v) and cannot be closed: %w", dir, info.Mode().Perm(), err)
		}
	}
	return nil
}

// nativeDir is the folder of a module's native code: of this content, by this rewriter.
func (h *Host) nativeDir(hash [32]byte) string {
	if h.o.CacheDir == "" {
		return ""
	}
	return filepath.Join(h.o.CacheDir, hex.EncodeToString(hash[:16])+"-"+strconv.Itoa(meter.Version))
}

// filled tells whether a folder holds anything.
func filled(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) > 0
}
