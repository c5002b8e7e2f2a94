package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beep-chat/beep/internal/config"
)

const (
	fsyncTries = 20
	fsyncBytes = 4096
	// slowFsync is where a send begins to feel slow: every message waits for one.
	slowFsync = 20 * time.Millisecond
	// fewOpenFiles leaves room for some thousand streams besides the store's files.
	fewOpenFiles  = 4096
	leastFiles    = 256
	leastMemory   = 512 * config.MB
	oldestYear    = 2026
	latestYear    = 2100
	clockSlack    = time.Second
	roomyDisk     = 4 // times store.min_free
	memoryOfCache = 4 // the cache should take at most this part of the memory
)

// existingDir is the folder itself, or the nearest one above it that exists.
func existingDir(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for {
		info, err := os.Stat(path)
		if err == nil && !info.IsDir() {
			return "", fmt.Errorf("%s is not a folder", path)
		}
		if err == nil {
			return path, nil
		}
		parent := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || parent == path {
			return "", err
		}
		path = parent
	}
}

func checkDataDir(_ context.Context, c Config) finding {
	dir, err := existingDir(c.DataDir)
	if err == nil {
		err = tryWrite(dir)
	}
	return judgeDataDir(c.DataDir, dir, err)
}

func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".beep-doctor-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("doctor")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

func judgeDataDir(want, dir string, err error) finding {
	path, absErr := filepath.Abs(want)
	switch {
	case err != nil && dir == "":
		return fail("set data_dir to a folder this user may write", "%v", err)
	case err != nil:
		return fail(fmt.Sprintf("sudo mkdir -p %s && sudo chown $(id -u):$(id -g) %s, or set data_dir", path, path), "this user cannot write in %s: %v", dir, err)
	case absErr == nil && isTemporary(path):
		return warn("set data_dir to a lasting folder, for example /var/lib/beep", "%s is a temporary folder: the system may empty it", path)
	case path != dir:
		return okay("%s will be made", path)
	}
	return okay("%s is writable", path)
}

func isTemporary(path string) bool {
	for _, root := range []string{"/tmp", "/var/tmp", "/dev/shm", "/run"} {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

func checkFreeDisk(_ context.Context, c Config) finding {
	dir, err := existingDir(c.DataDir)
	if err != nil {
		return judgeFreeDisk(0, c.Store.MinFree, err)
	}
	free, err := freeDisk(dir)
	return judgeFreeDisk(free, c.Store.MinFree, err)
}

func judgeFreeDisk(free uint64, minFree config.ByteSize, err error) finding {
	const do = "free some space, move data_dir to a larger disk, or lower store.min_free"
	size := min(free, math.MaxInt64)
	switch {
	case err != nil:
		return warn("look at it with: df -h", "cannot be measured: %v", err)
	case size < uint64(minFree):
		return fail(do, "%s free, below store.min_free of %s: nothing could be written", roundSize(free), minFree)
	case size < roomyDisk*uint64(minFree):
		return warn(do, "%s free; writes stop below store.min_free of %s", roundSize(free), minFree)
	}
	return okay("%s free", roundSize(free))
}

// roundSize writes a size for people: "1.2 GB".
func roundSize(n uint64) string {
	for _, u := range []struct {
		name string
		size config.ByteSize
	}{{"TB", config.TB}, {"GB", config.GB}, {"MB", config.MB}} {
		if n >= uint64(u.size) {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return strconv.FormatUint(n, 10) + " B"
}

func checkFsync(ctx context.Context, c Config) finding {
	dir, err := existingDir(c.DataDir)
	if err != nil {
		return judgeFsync(0, err)
	}
	return judgeFsync(measureFsync(ctx, dir))
}

// measureFsync gives the median of small appends that are synced, as the store's log makes them.
func measureFsync(ctx context.Context, dir string) (median time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".beep-doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := make([]byte, fsyncBytes)
	var took []time.Duration
	for range fsyncTries {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

func judgeFsync(median time.Duration, err error) finding {
	switch {
	case err != nil:
		return fail("make data_dir writable, on a local disk", "a synced write failed: %v", err)
	case median > slowFsync:
		return warn("put data_dir on an SSD or a disk with a write cache that survives power cuts; network disks are slow at this",
			"a durable write takes %s, and every message waits for one", median.Round(time.Millisecond))
	}
	return okay("a durable write takes %s", median.Round(10*time.Microsecond))
}

func checkOpenFiles(context.Context, Config) finding {
	limit, err := openFileLimit()
	return judgeOpenFiles(limit, err)
}

func judgeOpenFiles(limit uint64, err error) finding {
	const do = "raise it: LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536 in the shell"
	switch {
	case err != nil:
		return warn("look at it with: ulimit -n", "the limit cannot be read: %v", err)
	case limit < leastFiles:
		return fail(do, "at most %d: the store alone needs more", limit)
	case limit < fewOpenFiles:
		return warn(do, "at most %d; each open stream takes one", limit)
	}
	return okay("at most %d", limit)
}

func checkProcessors(context.Context, Config) finding {
	return judgeProcessors(runtime.GOMAXPROCS(0), runtime.NumCPU())
}

func judgeProcessors(used, present int) finding {
	switch {
	case used < present:
		return okay("%d of %d used (by GOMAXPROCS or the container's limit)", used, present)
	case used == 1:
		return warn("two processors keep messages quick while passwords are hashed", "only one")
	}
	return okay("%d", used)
}

func checkMemory(_ context.Context, c Config) finding {
	total, container := memoryLimits("/proc/meminfo", "/sys/fs/cgroup/memory.max")
	return judgeMemory(total, container, debug.SetMemoryLimit(-1) != math.MaxInt64, c)
}

// memoryLimits reads the machine's memory and the container's limit; 0 where there is none or it cannot be read.
func memoryLimits(meminfo, cgroup string) (total, container uint64) {
	if text, err := os.ReadFile(meminfo); err == nil {
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemTotal:" {
				kib, _ := strconv.ParseUint(f[1], 10, 54) // 54 bits: the product below fits
				total = kib * 1024
			}
		}
	}
	if text, err := os.ReadFile(cgroup); err == nil { // "max" when there is no limit
		container, _ = strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	}
	return total, container
}

func judgeMemory(total, container uint64, goLimit bool, c Config) finding {
	usable := total
	if container > 0 && (container < total || total == 0) {
		usable = container
	}
	wanted := uint64(c.Store.Cache)
	switch {
	case usable == 0:
		return okay("cannot be read on this system")
	case usable < uint64(leastMemory):
		return warn("give it 512 MB or more, or lower store.cache and stream.window_bytes", "%s", roundSize(usable))
	case wanted > usable/memoryOfCache:
		return warn("lower store.cache", "store.cache of %s is more than a quarter of %s", c.Store.Cache, roundSize(usable))
	case usable == container && !goLimit:
		return warn(fmt.Sprintf("set GOMEMLIMIT=%dMiB (90 %% of the limit) in the environment", usable/10*9/(1<<20)),
			"the container may use %s, which the Go runtime is not told", roundSize(usable))
	}
	return okay("%s", roundSize(usable))
}

func checkUser(context.Context, Config) finding { return judgeUser(os.Geteuid()) }

func judgeUser(uid int) finding {
	if uid == 0 {
		return warn("run it as a user of its own: sudo useradd --system --home /var/lib/beep beep", "this is root, which Beep never needs")
	}
	return okay("not root")
}

// checkClock compares the wall clock with the monotonic one over the time the doctor ran.
func checkClock(started time.Time) finding {
	now := time.Now()
	return judgeClock(now, now.Round(0).Sub(started.Round(0)), now.Sub(started))
}

func judgeClock(now time.Time, wall, monotonic time.Duration) finding {
	const do = "switch time synchronisation on: sudo timedatectl set-ntp true"
	jump := wall - monotonic
	switch {
	case now.Year() < oldestYear || now.Year() > latestYear:
		return fail(do, "it says %s: ids and sign-ins depend on the time", now.UTC().Format(time.RFC3339))
	case jump.Abs() > clockSlack:
		return warn(do, "it jumped by %s while the doctor looked", jump.Round(time.Millisecond))
	}
	return okay("%s", now.UTC().Format(time.RFC3339))
}
