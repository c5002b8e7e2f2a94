// Package compose_test reads compose.yaml as strictly as it can be read without containers.
package compose_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// file is what compose.yaml may hold; a key that is not here is a mistake, or a decision to be made here too.
type file struct {
	Name     string             `yaml:"name"`
	Services map[string]service `yaml:"services"`
	Volumes  map[string]*empty  `yaml:"volumes"`
}

type empty struct{}

type service struct {
	Profiles    []string          `yaml:"profiles"`
	Image       string            `yaml:"image"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Ports       []string          `yaml:"ports"`
	Volumes     []string          `yaml:"volumes"`
	Healthcheck *healthcheck      `yaml:"healthcheck"`
	MemLimit    string            `yaml:"mem_limit"`
	Restart     string            `yaml:"restart"`
}

type healthcheck struct {
	Test        []string      `yaml:"test"`
	Interval    time.Duration `yaml:"interval"`
	Timeout     time.Duration `yaml:"timeout"`
	Retries     int           `yaml:"retries"`
	StartPeriod time.Duration `yaml:"start_period"`
}

func parse(text []byte) (file, error) {
	var f file
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(&f)
	return f, err
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	// An exact version, so that what was tried once is what runs later.
	pinned   = regexp.MustCompile(`^docker\.io/[a-z]+/[a-z]+:\d+\.\d+\.\d+$`)
	loopback = regexp.MustCompile(`^127\.0\.0\.1:(\d+):(\d+)$`)
)

// problems are what is wrong with a file and what its page says about it.
func problems(f file, readme string) []string {
	var out []string
	stores := map[string]bool{}
	open := map[string]bool{}
	for name, s := range f.Services {
		report := func(what string) { out = append(out, name+": "+what) }
		if !pinned.MatchString(s.Image) {
			report("image " + s.Image + " has no exact version")
		}
		if h := s.Healthcheck; h == nil || len(h.Test) < 2 || h.Interval <= 0 || h.Timeout <= 0 || h.Retries <= 0 {
			report("no whole healthcheck, which --wait waits for")
		}
		if s.MemLimit == "" {
			report("no bound of memory")
		}
		if len(s.Ports) == 0 {
			report("no port")
		}
		for _, p := range s.Ports {
			m := loopback.FindStringSubmatch(p)
			if m == nil || m[1] != m[2] {
				report("port " + p + " is not the same port on 127.0.0.1")
				continue
			}
			open["127.0.0.1:"+m[1]] = true
			stores[name] = stores[name] || m[1] == "9042"
		}
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, known := f.Volumes[volume]; !known {
				report("volume " + volume + " is not declared")
			}
		}
		if stores[name] && !slices.Equal(s.Profiles, []string{name}) {
			report("a store has the profile of its name, else two of them fight for a port")
		}
	}
	said := map[string]bool{}
	for _, a := range regexp.MustCompile(`127\.0\.0\.1:\d+`).FindAllString(readme, -1) {
		said[a] = true
		if !open[a] {
			out = append(out, "README: nothing listens on "+a)
		}
	}
	for a := range open {
		if !said[a] {
			out = append(out, "README: "+a+" is not told")
		}
	}
	return out
}

func TestCompose(t *testing.T) {
	f, err := parse([]byte(read(t, "compose.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems(f, read(t, "README.md")) {
		t.Error(p)
	}
	for _, name := range []string{"scylla", "cassandra", "redis"} {
		if _, ok := f.Services[name]; !ok {
			t.Errorf("no service %s", name)
		}
	}
	for _, flag := range []string{"--developer-mode=1", "--smp=1", "--memory=1G"} {
		if !slices.Contains(f.Services["scylla"].Command, flag) {
			t.Errorf("scylla runs without %s", flag)
		}
	}
	if env := read(t, ".env"); !strings.Contains(env, "\nCOMPOSE_PROFILES=scylla\n") {
		t.Errorf("no store is the default:\n%s", env)
	}
	// The version here is that of the stack without containers, where the suites ran.
	version := regexp.MustCompile(`<cassandra.version>(.*)</cassandra.version>`).FindStringSubmatch(read(t, "../stack/pom.xml"))
	if len(version) != 2 || !strings.HasSuffix(f.Services["cassandra"].Image, ":"+version[1]) {
		t.Errorf("cassandra is %s, that of deploy/stack %v", f.Services["cassandra"].Image, version)
	}
}

func TestComposeRulesBite(t *testing.T) {
	whole, readme := read(t, "compose.yaml"), read(t, "README.md")
	cases := []struct{ name, from, to, want string }{
		{"an image of any version", "valkey:8.1.10", "valkey:latest", "exact version"},
		{"an image of some version", "cassandra:5.0.8", "cassandra:5", "exact version"},
		{"a port for everybody", "127.0.0.1:6379:6379", "6379:6379", "127.0.0.1"},
		{"another port than told", "127.0.0.1:6379:6379", "127.0.0.1:6380:6380", "README"},
		{"no healthcheck", "interval: 2s", "interval: 0s", "healthcheck"},
		{"no bound", "mem_limit: 512m", "mem_limit: ''", "memory"},
		{"two stores at once", "profiles: [cassandra]", "profiles: []", "profile"},
		{"a volume of nowhere", "[cassandra:/var", "[casandra:/var", "not declared"},
		{"an unknown key", "restart: unless-stopped", "restarts: always", "not found"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(whole, c.from, c.to, 1)
			if text == whole {
				t.Fatalf("compose.yaml has no %q", c.from)
			}
			f, err := parse([]byte(text))
			said := strings.Join(problems(f, readme), "\n")
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, c.want) {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}
