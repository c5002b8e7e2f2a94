package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/config"
)

// with is the default configuration with a change.
func with(change func(*Config)) Config {
	c := DefaultConfig()
	change(&c)
	return c
}

// judged is one row of a check's table.
type judged struct {
	name string
	got  finding
	want severity
	text string // part of what or do
}

func (j judged) test(t *testing.T) {
	t.Run(j.name, func(t *testing.T) {
		if j.got.severity != j.want || !strings.Contains(j.got.what+" -> "+j.got.do, j.text) {
			t.Errorf("%s: %s -> %s; want %s with %q", j.got.severity, j.got.what, j.got.do, j.want, j.text)
		}
		if (j.got.do == "") != (j.got.severity == severityOK) {
			t.Errorf("%s without or with advice: %q", j.got.severity, j.got.do)
		}
	})
}

func TestJudgePort(t *testing.T) {
	in := func(err error) error { return fmt.Errorf("listen: %w", os.NewSyscallError("bind", err)) }
	yes, no := func() bool { return true }, func() bool { return false }
	for _, j := range []judged{
		{"free", judgePort("http.listen", ":8080", nil, no), severityOK, "free"},
		{"ours", judgePort("http.listen", ":8080", in(syscall.EADDRINUSE), yes), severityOK, "a Beep already listens"},
		{"taken", judgePort("http.listen", ":8080", in(syscall.EADDRINUSE), no), severityFail, "sport = :8080"},
		{"not allowed", judgePort("http.listen", ":80", in(syscall.EACCES), no), severityFail, "setcap"},
		{"not ours", judgePort("http.listen", "192.0.2.1:80", in(syscall.EADDRNOTAVAIL), no), severityFail, "not an address of this machine"},
		{"else", judgePort("http.listen", "x:1", errors.New("odd"), no), severityFail, "odd"},
	} {
		j.test(t)
	}
}

func TestPortsOnThisMachine(t *testing.T) {
	beep := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/livez" {
			w.Header().Set("Server", "beep/1")
		}
		if r.URL.Path == "/api/openapi.yaml" {
			_, _ = w.Write([]byte("openapi: 3.1.0\ninfo:\n  title: Beep\n"))
		}
	}))
	defer beep.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	mute, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mute.Close() }()
	soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	address := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	for _, j := range []judged{
		{"a free port", checkHTTPPort(t.Context(), with(func(c *Config) { c.HTTP.Listen = "127.0.0.1:0" })), severityOK, "free"},
		{"a Beep's http port", checkHTTPPort(t.Context(), with(func(c *Config) { c.HTTP.Listen = address(beep) })), severityOK, "a Beep"},
		{"a Beep's admin port", checkAdminPort(t.Context(), with(func(c *Config) { c.Admin.Listen = address(beep) })), severityOK, "a Beep"},
		{"another program", checkHTTPPort(t.Context(), with(func(c *Config) { c.HTTP.Listen = address(other) })), severityFail, "another program"},
		{"a silent program", checkAdminPort(soon, with(func(c *Config) { c.Admin.Listen = mute.Addr().String() })), severityFail, "another program"},
	} {
		j.test(t)
	}
	for in, want := range map[string]string{":80": "localhost:80", "0.0.0.0:80": "localhost:80", "[::]:80": "localhost:80", "192.0.2.1:80": "192.0.2.1:80"} {
		if got := dialable(in); got != want {
			t.Errorf("%s is reached at %s, want %s", in, got, want)
		}
	}
}

func TestJudgeDataDir(t *testing.T) {
	for _, j := range []judged{
		{"there", judgeDataDir("/srv/beep", "/srv/beep", nil), severityOK, "is writable"},
		{"not there yet", judgeDataDir("/srv/beep", "/srv", nil), severityOK, "will be made"},
		{"not writable", judgeDataDir("/srv/beep", "/srv", fs.ErrPermission), severityFail, "sudo mkdir -p /srv/beep"},
		{"a file", judgeDataDir("/srv/beep", "", errors.New("/srv/beep is not a folder")), severityFail, "not a folder"},
		{"temporary", judgeDataDir("/tmp/beep", "/tmp/beep", nil), severityWarn, "temporary"},
	} {
		j.test(t)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: dir, filepath.Join(dir, "a", "b"): dir, file: "", filepath.Join(file, "x"): ""} {
		if got, err := existingDir(path); got != want || (err != nil) != (want == "") {
			t.Errorf("above %s: %q, %v; want %q", path, got, err, want)
		}
	}
	if f := checkDataDir(t.Context(), with(func(c *Config) { c.DataDir = filepath.Join(dir, "new") })); f.severity == severityFail {
		t.Errorf("a folder that can be made: %+v", f)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".beep-doctor-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestJudgeDisk(t *testing.T) {
	for _, j := range []judged{
		{"roomy", judgeFreeDisk(50e9, 512*config.MB, nil), severityOK, "50.0 GB free"},
		{"getting full", judgeFreeDisk(1e9, 512*config.MB, nil), severityWarn, "writes stop below store.min_free of 512MB"},
		{"full", judgeFreeDisk(100e6, 512*config.MB, nil), severityFail, "nothing could be written"},
		{"unknown", judgeFreeDisk(0, 512*config.MB, errors.New("odd")), severityWarn, "odd"},
		{"endless", judgeFreeDisk(math.MaxUint64, 512*config.MB, nil), severityOK, "TB free"},
		{"fast fsync", judgeFsync(800*time.Microsecond, nil), severityOK, "800µs"},
		{"slow fsync", judgeFsync(31*time.Millisecond, nil), severityWarn, "31ms"},
		{"no fsync", judgeFsync(0, errors.New("EIO")), severityFail, "EIO"},
		{"fsync here", checkFsync(t.Context(), with(func(c *Config) { c.DataDir = t.TempDir() })), severityOK, "durable write"},
		{"disk here", checkFreeDisk(t.Context(), with(func(c *Config) { c.DataDir = t.TempDir(); c.Store.MinFree = 1 })), severityOK, "free"},
	} {
		j.test(t)
	}
}

func TestJudgeMachine(t *testing.T) {
	const gb = 1_000_000_000
	cfg := DefaultConfig()
	for _, j := range []judged{
		{"many files", judgeOpenFiles(65536, nil), severityOK, "65536"},
		{"few files", judgeOpenFiles(1024, nil), severityWarn, "LimitNOFILE"},
		{"too few files", judgeOpenFiles(64, nil), severityFail, "ulimit"},
		{"unknown files", judgeOpenFiles(0, errors.New("odd")), severityWarn, "odd"},
		{"processors", judgeProcessors(4, 4), severityOK, "4"},
		{"limited processors", judgeProcessors(2, 8), severityOK, "2 of 8"},
		{"one processor", judgeProcessors(1, 1), severityWarn, "only one"},
		{"memory", judgeMemory(4*gb, 0, false, cfg), severityOK, "4.0 GB"},
		{"little memory", judgeMemory(gb/4, 0, false, cfg), severityWarn, "512 MB or more"},
		{"a large cache", judgeMemory(gb, 0, false, with(func(c *Config) { c.Store.Cache = 500 * config.MB })), severityWarn, "lower store.cache"},
		{"a container that Go does not know of", judgeMemory(64*gb, 2*gb, false, cfg), severityWarn, "GOMEMLIMIT=1716MiB"},
		{"a container that Go knows of", judgeMemory(64*gb, 2*gb, true, cfg), severityOK, "2.0 GB"},
		{"unknown memory", judgeMemory(0, 0, false, cfg), severityOK, "cannot be read"},
		{"root", judgeUser(0), severityWarn, "useradd"},
		{"not root", judgeUser(1000), severityOK, "not root"},
	} {
		j.test(t)
	}
}

func TestMemoryLimits(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	meminfo := write("meminfo", "MemTotal:       24000000 kB\nMemFree: 1 kB\n")
	for name, c := range map[string]struct {
		cgroup           string
		total, container uint64
	}{
		"a limit":   {write("limit", "2000000000\n"), 24000000 * 1024, 2000000000},
		"no limit":  {write("max", "max\n"), 24000000 * 1024, 0},
		"no cgroup": {filepath.Join(dir, "none"), 24000000 * 1024, 0},
	} {
		if total, container := memoryLimits(meminfo, c.cgroup); total != c.total || container != c.container {
			t.Errorf("%s: %d %d", name, total, container)
		}
	}
}

func TestJudgeClock(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, j := range []judged{
		{"steady", judgeClock(now, time.Second, time.Second), severityOK, "2026-11-22"},
		{"forward", judgeClock(now, 6*time.Second, time.Second), severityWarn, "jumped by 5s"},
		{"back", judgeClock(now, -4*time.Second, time.Second), severityWarn, "jumped by -5s"},
		{"never set", judgeClock(time.Unix(0, 0), 0, 0), severityFail, "timedatectl"},
		{"far ahead", judgeClock(now.AddDate(200, 0, 0), 0, 0), severityFail, "timedatectl"},
		{"here", checkClock(time.Now()), severityOK, "Z"},
	} {
		j.test(t)
	}
}

func TestJudgeSettings(t *testing.T) {
	proxies := func(url string, p ...string) Config {
		return with(func(c *Config) {
			c.HTTP.PublicURL = url
			for _, one := range p {
				c.HTTP.TrustedProxies = append(c.HTTP.TrustedProxies, netip.MustParsePrefix(one))
			}
		})
	}
	transport := func(url, listen string) finding {
		return judgeTransport(with(func(c *Config) { c.HTTP.PublicURL, c.HTTP.Listen = url, listen }))
	}
	adminAt := func(listen string, pprof bool) finding {
		return judgeAdminAccess(with(func(c *Config) { c.Admin.Listen, c.Admin.Pprof = listen, pprof }))
	}
	for _, j := range []judged{
		{"no proxies", judgeProxies(proxies("")), severityOK, "none"},
		{"everyone", judgeProxies(proxies("", "0.0.0.0/0")), severityFail, "trusts everyone"},
		{"everyone, IPv6", judgeProxies(proxies("", "10.0.0.0/8", "::/0")), severityFail, "trusts everyone"},
		{"a private network", judgeProxies(proxies("", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.1/32")), severityOK, "3 trusted"},
		{"a large public network", judgeProxies(proxies("", "203.0.0.0/8")), severityWarn, "large public network"},
		{"a provider's network", judgeProxies(proxies("", "203.0.113.0/24")), severityOK, "1 trusted"},
		{"https without a proxy", judgeProxies(proxies("https://chat.example.org")), severityWarn, "share its address"},
		{"https", transport("https://chat.example.org", ":8080"), severityOK, "https"},
		{"http for all", transport("http://chat.example.org", ":8080"), severityWarn, "in the clear"},
		{"http here", transport("http://localhost:8080", ":8080"), severityOK, "this machine only"},
		{"no address, open", transport("", ":8080"), severityWarn, "first try"},
		{"no address, closed", transport("", "127.0.0.1:8080"), severityOK, "this machine only"},
		{"admin here", adminAt("127.0.0.1:9090", true), severityOK, "this machine only"},
		{"admin open", adminAt(":9090", false), severityWarn, "metrics are open"},
		{"profiles open", adminAt("0.0.0.0:9090", true), severityWarn, "admin.pprof to false"},
		{"DNS", judgeDNS("chat.example.org", []string{"192.0.2.1"}, nil), severityOK, "192.0.2.1"},
		{"no DNS", judgeDNS("chat.example.org", nil, errors.New("no such host")), severityWarn, "A or AAAA"},
		{"no public address", checkPublicURL(t.Context(), DefaultConfig()), severityOK, "not set"},
		{"a public address that is one", checkPublicURL(t.Context(), proxies("http://127.0.0.1:8080")), severityOK, "127.0.0.1"},
	} {
		j.test(t)
	}
}

func TestDoctorCommand(t *testing.T) {
	dir := t.TempDir()
	env := []string{"BEEP_HTTP_LISTEN=127.0.0.1:0", "BEEP_ADMIN_LISTEN=127.0.0.1:0", "BEEP_DATA_DIR=" + dir, "BEEP_STORE_MIN_FREE=16MB"}
	text, err := run(t, newDoctorCommand(&globalOptions{Env: env}))
	if err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if n := len(regexp.MustCompile(`(?m)^(OK|WARN|FAIL) `).FindAllString(text, -1)); n != len(doctorChecks(time.Now())) {
		t.Errorf("%d lines:\n%s", n, text)
	}
	busy := httptest.NewServer(http.NotFoundHandler())
	defer busy.Close()
	text, err = run(t, newDoctorCommand(&globalOptions{Env: append(env, "BEEP_HTTP_LISTEN="+strings.TrimPrefix(busy.URL, "http://"))}))
	if !errors.Is(err, errDoctor) || !strings.Contains(text, "FAIL  http port") {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err := run(t, newDoctorCommand(&globalOptions{Env: []string{"BEEP_NOPE=1"}})); err == nil || errors.Is(err, errDoctor) {
		t.Errorf("a bad configuration: %v", err)
	}
}

func TestPrintFindings(t *testing.T) {
	var out bytes.Buffer
	err := printFindings(&out, []finding{{"one", severityOK, "fine", ""}, {"two", severityWarn, "odd", "look"}, {"three", severityFail, "bad", "mend"}})
	if !errors.Is(err, errDoctor) {
		t.Errorf("error %v", err)
	}
	want := `OK    one              fine
WARN  two              odd
                       -> look
FAIL  three            bad
                       -> mend

3 checks: 1 fine, 1 to look at, 1 failed
`
	if out.String() != want {
		t.Errorf("printed\n%s", out.String())
	}
}
