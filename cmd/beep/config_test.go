package main

import (
	"bytes"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/beep-chat/beep/internal/config"
)

var updateGolden = flag.Bool("update", false, "rewrite the golden files")

// run executes a command and gives its output.
func run(t *testing.T, cmd *cobra.Command, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&bytes.Buffer{})
	cmd.SetArgs(append([]string{}, args...)) // nil would mean the test binary's own
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestDefaultConfigIsValidAndPrinted(t *testing.T) {
	got, err := run(t, newConfigCommand(&globalOptions{}), "--defaults")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "config.golden.yaml")
	if *updateGolden {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("printed:\n%s\nwant (rewrite with -update):\n%s", got, want)
	}
	back, _, err := loadConfig(globalOptions{ConfigFile: golden})
	if err != nil {
		t.Fatal(err)
	}
	if d := DefaultConfig(); !reflect.DeepEqual(emptyAsNil(back), emptyAsNil(d)) {
		t.Errorf("back  %+v\nwant %+v", back, d)
	}
}

// emptyAsNil makes empty lists nil, which is how the defaults have them.
func emptyAsNil(c Config) Config {
	if len(c.HTTP.TrustedProxies) == 0 {
		c.HTTP.TrustedProxies = nil
	}
	if len(c.CQL.Hosts) == 0 {
		c.CQL.Hosts = nil
	}
	if len(c.Redis.Addrs) == 0 {
		c.Redis.Addrs = nil
	}
	return c
}

func TestEnvironmentSetsWhatOthersRelyOn(t *testing.T) {
	got, origins, err := loadConfig(globalOptions{Env: []string{
		"BEEP_HTTP_LISTEN=127.0.0.1:7000", "BEEP_ADMIN_LISTEN=127.0.0.1:7001", "BEEP_DATA_DIR=/srv/beep", "BEEP_LIMITS_MESSAGE_RATE=20/10s",
		"BEEP_LIMITS_REQUEST_RATE=0", "BEEP_STORE_MIN_FREE=1GiB", "BEEP_STORE_ENGINE=embedded", "BEEP_CQL_HOSTS=a,b", "BEEP_REDIS_ADDRS=r:6379",
		"BEEP_HTTP_TRUSTED_PROXIES=10.0.0.0/8,127.0.0.1", "BEEP_ACCOUNTS_REGISTRATION=invite", "BEEP_LIMITS_SERVERS_PER_USER=0",
		"BEEP_SERVICE_HOST=10.43.0.7", "BEEP_PORT=tcp://10.43.0.7:80", "BEEP_CRASH_SEEDS=5", "BEEP_KILL_ROUNDS=2", "BEEP_TEST_X=1", "PATH=/bin",
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultConfig()
	want.HTTP.Listen, want.Admin.Listen, want.DataDir = "127.0.0.1:7000", "127.0.0.1:7001", "/srv/beep"
	want.Limits.MessageRate, want.Limits.RequestRate = config.Rate{Count: 20, Per: 10 * time.Second}, config.Rate{}
	want.Store.MinFree, want.CQL.Hosts, want.Redis.Addrs = config.GiB, []string{"a", "b"}, []string{"r:6379"}
	want.HTTP.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	want.Accounts.Registration, want.Limits.ServersPerUser = "invite", 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if origins["http.listen"] != "BEEP_HTTP_LISTEN" {
		t.Errorf("origin %q", origins["http.listen"])
	}
}

func TestConfigIsRefused(t *testing.T) {
	for _, c := range []struct{ name, env, want string }{
		{"unknown", "BEEP_HTTP_LISTN=:1", "did you mean BEEP_HTTP_LISTEN?"},
		{"a port for a service link", "BEEP_PORT=8080", "BEEP_PORT is not a setting"},
		{"no port", "BEEP_HTTP_LISTEN=localhost", "BEEP_HTTP_LISTEN: http.listen \"localhost\" is not an address with a port"},
		{"port too high", "BEEP_ADMIN_LISTEN=:70000", "has no port between 0 and 65535"},
		{"one port for both", "BEEP_ADMIN_LISTEN=127.0.0.1:8080", "admin.listen uses the port of http.listen"},
		{"cql without hosts", "BEEP_STORE_ENGINE=cql", "cql.hosts is empty, but store.engine is cql"},
		{"cql without redis", "BEEP_STORE_ENGINE=cql", "redis.addrs is empty, but store.engine is cql"},
		{"several redis", "BEEP_REDIS_ADDRS=r:6379,s:6379", "for sentinels set redis.master too"},
		{"redis prefix", "BEEP_REDIS_PREFIX=a:b", "redis.prefix is not the first part of a key"},
		{"authority without tls", "BEEP_CQL_CA_FILE=/ca.pem", "cql.ca_file is set, but TLS is off"},
		{"no such engine", "BEEP_STORE_ENGINE=mysql", "is not one of embedded or cql"},
		{"public url without scheme", "BEEP_HTTP_PUBLIC_URL=chat.example.org", "is not an http or https URL"},
		{"public url with path", "BEEP_HTTP_PUBLIC_URL=https://example.org/chat", "has a path"},
		{"public url with password", "BEEP_HTTP_PUBLIC_URL=https://a:b@example.org", "holds a user name or password"},
		{"trace endpoint", "BEEP_TRACE_ENDPOINT=localhost:4318", "trace.endpoint is not an http or https URL"},
		{"trace share", "BEEP_TRACE_SAMPLE=5", "is more than 1"},
		{"message length", "BEEP_LIMITS_MESSAGE_CHARACTERS=0", "is less than 1"},
		{"heartbeat", "BEEP_STREAM_HEARTBEAT=2m", "is more than 55s"},
		{"redis without port", "BEEP_REDIS_ADDRS=r:6379,s", "redis.addrs entry 2"},
		{"cql host", "BEEP_CQL_HOSTS=a:b:c", "cql.hosts entry 1"},
		{"keyspace", "BEEP_CQL_KEYSPACE=beep-x", "a character that a keyspace cannot have"},
		{"keyspace that begins with a digit", "BEEP_CQL_KEYSPACE=1beep", "does not begin with a letter"},
		{"long keyspace", "BEEP_CQL_KEYSPACE=" + strings.Repeat("k", 44), "has 44 characters"},
		{"short key", "BEEP_LOG_PSEUDONYM_KEY=short", "is too short"},
		{"no data folder", "BEEP_DATA_DIR=", "data_dir is empty"},
		{"too many proxies", "BEEP_HTTP_TRUSTED_PROXIES=" + strings.Repeat("10.0.0.1,", 300), "has 300 entries"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := loadConfig(globalOptions{Env: []string{c.env}})
			var problems config.Problems
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nlacks %q", err, c.want)
			}
		})
	}
}

func TestAddressesThatMayShareAPort(t *testing.T) {
	for name, env := range map[string][]string{
		"two addresses": {"BEEP_HTTP_LISTEN=10.0.0.1:80", "BEEP_ADMIN_LISTEN=127.0.0.1:80"},
		"chosen ports":  {"BEEP_HTTP_LISTEN=:0", "BEEP_ADMIN_LISTEN=:0"},
		"v6":            {"BEEP_CQL_HOSTS=[::1]:9042,::1,host"},
	} {
		if _, _, err := loadConfig(globalOptions{Env: env}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigCommandTellsWhereValuesComeFrom(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "b.yaml")
	if err := os.WriteFile(file, []byte("drain:\n  max: 10s\nlog:\n  pseudonym_key: "+strings.Repeat("k", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := run(t, newConfigCommand(&globalOptions{Env: []string{"BEEP_CONFIG=" + file}}))
	if err != nil {
		t.Fatal(err)
	}
	if flat := strings.ReplaceAll(got, "\n  # ", " "); !strings.Contains(flat, "(set by "+file+":2)") || !strings.Contains(got, "max: 10s") {
		t.Errorf("printed:\n%s", got)
	}
	if strings.Contains(got, "kkk") {
		t.Error("the secret is printed")
	}
	if _, err := run(t, newConfigCommand(&globalOptions{ConfigFile: filepath.Join(dir, "none.yaml")})); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that was named and is not there: %v", err)
	}
}

func TestDefaultFileIsFound(t *testing.T) {
	t.Chdir(t.TempDir())
	if got := (globalOptions{}).file(); got != "" {
		t.Errorf("file %q", got)
	}
	if err := os.WriteFile(defaultConfigFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    globalOptions
		want string
	}{
		{globalOptions{}, "beep.yaml"},
		{globalOptions{Env: []string{"BEEP_CONFIG=x.yaml"}}, "x.yaml"},
		{globalOptions{ConfigFile: "y.yaml", Env: []string{"BEEP_CONFIG=x.yaml"}}, "y.yaml"},
	} {
		if got := c.o.file(); got != c.want {
			t.Errorf("file %q, want %q", got, c.want)
		}
	}
}

func TestVersionCommand(t *testing.T) {
	text, err := run(t, newVersionCommand())
	if err != nil || !strings.HasPrefix(text, "beep dev\ncommit ") {
		t.Errorf("%v %q", err, text)
	}
	text, err = run(t, newVersionCommand(), "--json")
	if err != nil || !strings.Contains(text, `"version": "dev"`) || !strings.Contains(text, `"arch": "`) {
		t.Errorf("%v %q", err, text)
	}
}
