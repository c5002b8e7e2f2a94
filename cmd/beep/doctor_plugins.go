package main

import (
	"context"
	"os"
	"runtime"

	"github.com/beep-chat/beep/plugins/builtin"
)

func checkPlugins(_ context.Context, c Config) finding {
	packages, err := builtin.All()
	names := make([]string, 0, len(packages))
	for _, p := range packages {
		names = append(names, p.Name)
	}
	dir, open := pluginCache(c), false
	if info, statErr := os.Stat(dir); statErr == nil {
		open = info.Mode().Perm()&0o022 != 0
	}
	return judgePlugins(c.Plugins.Enabled, names, err, dir, open, runtime.GOARCH)
}

// judgePlugins judges what is built in, and whether others could put code into the cache.
func judgePlugins(enabled bool, names []string, err error, dir string, open bool, arch string) finding {
	switch {
	case !enabled:
		return okay("switched off (plugins.enabled): nothing is moderated")
	case err != nil:
		return fail("take another build of Beep", "the built-in plugins cannot be read: %v", err)
	case len(names) == 0:
		return warn("build it with `make build`", "this binary was built without plugins: nothing is moderated, Markdown is rendered natively")
	case open:
		return fail("chmod 700 "+dir, "%s holds native code and others may write to it", dir)
	case arch != "amd64" && arch != "arm64":
		return warn("run Beep on amd64 or arm64", "plugins are interpreted on %s, tens of times slower than compiled", arch)
	}
	return okay("%d built in: %v", len(names), names)
}
