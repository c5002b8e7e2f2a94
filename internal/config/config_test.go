package config_test

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

	"github.com/beep-chat/beep/internal/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type settings struct {
	Net  network `config:"net" doc:"Where it listens."`
	Name string  `config:"name" doc:"A name."`
	Mode string  `config:"mode" enum:"fast|safe" doc:"How careful it is."`
	Key  string  `config:"key" secret:"true" doc:"A key."`

	NotASetting int // has no tag: it is left alone
}

type network struct {
	Listen  string          `config:"listen" doc:"Address."`
	Trusted []netip.Prefix  `config:"trusted" doc:"Networks."`
	Timeout time.Duration   `config:"timeout" min:"1s" max:"1h" doc:"How long."`
	Limits  limits          `config:"limits" doc:"Limits."`
	Hosts   []string        `config:"hosts" doc:"Hosts."`
	Buffer  config.ByteSize `config:"buffer" min:"1KB" doc:"Memory. A long text that has to be broken over more than one line, since a line of a comment is kept to a readable width."`
}

type limits struct {
	Rate   config.Rate `config:"rate" doc:"So many in so long."`
	Count  int         `config:"count" min:"0" max:"10" doc:"So many."`
	Share  float64     `config:"share" min:"0" max:"1" doc:"A part."`
	Strict bool        `config:"strict" doc:"Whether."`
}

// Check implements config.Checker.
func (s *settings) Check(report func(key, what, do string)) {
	if s.Name == "bad" {
		report("name", "is bad", "find a better one")
	}
}

func defaults() settings {
	return settings{Name: "app", Mode: "fast", Net: network{Listen: ":80", Timeout: time.Minute, Buffer: 64 * config.MB,
		Limits: limits{Rate: config.Rate{Count: 10, Per: 10 * time.Second}, Count: 3, Share: 0.05}}}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLaterSourceWins(t *testing.T) {
	file := writeFile(t, "name: from file\nmode: safe\nnet:\n  timeout: 5s\n  hosts: [a, b]\n  limits:\n")
	got := defaults()
	origins, err := config.Load(&got, config.Source{File: file, EnvPrefix: "APP_", Env: []string{
		"APP_NAME=from env", "APP_NET_TRUSTED=10.1.2.3/8, 127.0.0.1,::1", "APP_NET_LIMITS_RATE=5/m", "APP_NET_LIMITS_STRICT=true",
		"APP_NET_BUFFER=1 MiB", "APP_NET_LIMITS_SHARE=0.5", "OTHER_NAME=x", "APP_KEY=hush"}})
	if err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Name, want.Mode, want.Key = "from env", "safe", "hush"
	want.Net.Timeout, want.Net.Hosts, want.Net.Buffer = 5*time.Second, []string{"a", "b"}, config.MiB
	want.Net.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}
	want.Net.Limits = limits{Rate: config.Rate{Count: 5, Per: time.Minute}, Count: 3, Share: 0.5, Strict: true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for key, want := range map[string]string{"name": "APP_NAME", "mode": file + ":2", "net.timeout": file + ":4", "net.listen": "default"} {
		if origins[key] != want {
			t.Errorf("origin of %s is %q, want %q", key, origins[key], want)
		}
	}
}

func TestProblemsAreToldWithPlaceAndAdvice(t *testing.T) {
	cases := []struct {
		name, file string
		env        []string
		want       []string // parts of the message
	}{
		{"unknown key", "naem: x\n", nil, []string{"app.yaml:1: naem is not a setting; did you mean name?"}},
		{"unknown key far from all", "zzzzzzzzzz: x\n", nil, []string{"app.yaml:1: zzzzzzzzzz is not a setting; remove it"}},
		{"unknown key in a section", "net:\n  listne: x\n", nil, []string{"app.yaml:2: net.listne is not a setting; did you mean net.listen?"}},
		{"unknown variable", "", []string{"APP_NET_LISTN=x"}, []string{"APP_NET_LISTN is not a setting; did you mean APP_NET_LISTEN?"}},
		{"doubled key", "name: a\nname: b\n", nil, []string{"app.yaml:2: name was already set on line 1"}},
		{"a section given a value", "net: 5\n", nil, []string{"app.yaml:1: net is a section"}},
		{"a value given a section", "name:\n  a: b\n", nil, []string{"name is a section; a value is wanted"}},
		{"a value given a list", "name: [a]\n", nil, []string{"name is a list; one value is wanted"}},
		{"no value", "name:\n", nil, []string{"app.yaml:1: name has no value"}},
		{"empty variable", "", []string{"APP_NET_TIMEOUT="}, []string{"net.timeout is set but empty; unset APP_NET_TIMEOUT"}},
		{"not a duration", "net: {timeout: 10}\n", nil, []string{`"10" is not a duration; use a duration such as 30s or 10m, at least 1s, at most 1h (default 1m)`}},
		{"too little", "", []string{"APP_NET_TIMEOUT=1ms"}, []string{`APP_NET_TIMEOUT: net.timeout "1ms" is less than 1s`}},
		{"too much", "", []string{"APP_NET_LIMITS_COUNT=11"}, []string{`"11" is more than 10`}},
		{"not in the enum", "mode: slow\n", nil, []string{`mode "slow" is not one of fast or safe; use fast or safe (default fast)`}},
		{"not a network", "net: {trusted: [10.0.0.0/8, nonsense]}\n", nil, []string{"is not an address or a network"}},
		{"not a rate", "", []string{"APP_NET_LIMITS_RATE=10"}, []string{`"10" is not a rate`}},
		{"not a size", "", []string{"APP_NET_BUFFER=1XB"}, []string{`"1XB" is not a size`}},
		{"yes is not a bool", "net: {limits: {strict: yes}}\n", nil, []string{`"yes" is neither true nor false`}},
		{"not a number", "", []string{"APP_NET_LIMITS_SHARE=NaN"}, []string{`"NaN" is not a number`}},
		{"an entry that is no scalar", "net: {hosts: [{a: b}]}\n", nil, []string{"net.hosts has an entry that is not a plain value"}},
		{"two documents", "name: a\n---\nname: b\n", nil, []string{"one YAML document is wanted"}},
		{"not YAML", "a: [\n", nil, []string{"yaml: line"}},
		{"the program's own check", "name: bad\n", nil, []string{"app.yaml:1: name is bad; find a better one"}},
		{"the mask of a secret", `key: "********"`, nil, []string{"app.yaml:1: key is the mask"}},
		{"a secret's file", "", []string{"APP_KEY_FILE=/nonexistent"}, []string{"APP_KEY_FILE: key cannot be read"}},
		{"all at once", "naem: x\nmode: slow\n", []string{"APP_NET_TIMEOUT=never", "APP_NOPE=1"},
			[]string{"4 problems", "naem", "slow", "never", "APP_NOPE"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := defaults()
			_, err := config.Load(&s, config.Source{File: writeFile(t, c.file), Env: c.env, EnvPrefix: "APP_"})
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v\nlacks %q", err, part)
				}
			}
		})
	}
}

func TestSecretIsNeverRepeated(t *testing.T) {
	path := writeFile(t, "s3cret\n")
	s := defaults()
	if _, err := config.Load(&s, config.Source{Env: []string{"APP_KEY_FILE=" + path}, EnvPrefix: "APP_"}); err != nil {
		t.Fatal(err)
	}
	if s.Key != "s3cret" {
		t.Errorf("key from file is %q", s.Key)
	}
	var out bytes.Buffer
	if err := config.Print(&out, &s, "APP_", nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "s3cret") || !strings.Contains(out.String(), `key: "********"`) {
		t.Errorf("the secret is not masked:\n%s", out.String())
	}
}

func TestPrintLoadsBack(t *testing.T) {
	s := defaults()
	s.Name = "quo\"te: # and\nbreak"
	s.Net.Hosts = []string{"a", "b, c"}
	s.Net.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	var out bytes.Buffer
	if err := config.Print(&out, &s, "APP_", config.Origins{"name": "APP_NAME", "mode": "default"}); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "print.golden.yaml")
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("printed:\n%s\nwant:\n%s", out.Bytes(), want)
	}
	var back settings
	if _, err := config.Load(&back, config.Source{File: golden}); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, s) {
		t.Errorf("back  %+v\nwant %+v", back, s)
	}
}

func TestBounds(t *testing.T) {
	big := writeFile(t, "# "+strings.Repeat("x", 1<<20))
	s := defaults()
	if _, err := config.Load(&s, config.Source{File: big}); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a file of 1 MiB: %v", err)
	}
	if _, err := config.Load(&s, config.Source{File: "/nonexistent.yaml"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := config.Load(s, config.Source{}); err == nil {
		t.Error("a tree by value was taken")
	}
	if _, err := config.Load(&struct {
		A chan int `config:"a"`
	}{}, config.Source{}); err == nil {
		t.Error("a setting of no kind was taken")
	}
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]config.ByteSize{
		"0": 0, "1": 1, "512MB": 512e6, "512mb": 512e6, "1 GiB": 1 << 30, "64KB": 64000, "9223372036854775807B": 1<<63 - 1,
		"": -1, "MB": -1, "-1MB": -1, "1.5MB": -1, "9223372036854775807KB": -1, "5PB": -1, "1 K": -1,
	} {
		got, err := config.ParseByteSize(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
		if back, err2 := config.ParseByteSize(got.String()); err == nil && (err2 != nil || back != got) {
			t.Errorf("%q printed as %q, read as %d", text, got, back)
		}
	}
}

func TestServiceLink(t *testing.T) {
	for pair, want := range map[string]bool{
		"APP_SERVICE_HOST=10.43.0.7": true, "APP_SERVICE_PORT=80": true, "APP_SERVICE_PORT_HTTP=80": true,
		"APP_PORT=tcp://10.43.0.7:80": true, "APP_PORT_80_TCP=tcp://10.43.0.7:80": true, "APP_API_PORT_80_TCP_ADDR=10.43.0.7": true,
		"APP_PORT=8080": false, "APP_HTTP_PORT=8080": false, "APP_NAME=x": false, "APP_SERVICE=x": false,
	} {
		name, value, _ := strings.Cut(pair, "=")
		if got := config.ServiceLink(name, value); got != want {
			t.Errorf("%s: %v, want %v", pair, got, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("name: a\nnet:\n  hosts: [a, b]\n  limits: {rate: 1/s}\n")
	f.Add("net: &a {limits: *a}\n")
	f.Add("? [a]\n: b\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Skip()
		}
		s := defaults()
		if _, err := config.Load(&s, config.Source{File: path}); err != nil {
			return
		}
		var out bytes.Buffer
		if err := config.Print(&out, &s, "APP_", nil); err != nil {
			t.Fatalf("what was loaded does not print: %v", err)
		}
	})
}
