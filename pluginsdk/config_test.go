package beep

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/beep-chat/beep/pluginsdk/internal/port"
)

type settings struct{ N int }

// counted is a Config that counts how often it decodes.
func counted() (*Config[settings], *int) {
	n := new(int)
	return NewConfig(func(raw []byte) (s settings, err error) {
		*n++
		err = json.Unmarshal(raw, &s)
		return s, err
	}), n
}

func TestConfigIsDecodedOnce(t *testing.T) {
	c, decoded := counted()
	h := &testHost{config: `{"n":1}`}
	for range 5 {
		if s, err := c.Get(&Context{host: h, server: "1", config: "7"}); s.N != 1 || err != nil {
			t.Fatal(s, err)
		}
	}
	if *decoded != 1 || h.asked != 1 {
		t.Errorf("decoded %d times, asked %d times", *decoded, h.asked)
	}
	h.config = `{"n":2}`
	if s, _ := c.Get(&Context{host: h, server: "1", config: "8"}); s.N != 2 || *decoded != 2 {
		t.Errorf("after a change: %v, decoded %d times", s, *decoded)
	}
	if len(c.kept) != 1 {
		t.Errorf("%d are kept: a server has left the old one", len(c.kept))
	}
}

// TestConfigsOfServersAreNotMixed: names are a server's own, and two servers may have the same one.
func TestConfigsOfServersAreNotMixed(t *testing.T) {
	c, decoded := counted()
	for round := range 3 {
		for n := 1; n <= 4; n++ {
			h := &testHost{config: fmt.Sprintf(`{"n":%d}`, n)}
			if s, err := c.Get(&Context{host: h, server: fmt.Sprint(n), config: "1"}); s.N != n || err != nil {
				t.Errorf("round %d: server %d got %v, %v", round, n, s, err)
			}
		}
	}
	if *decoded != 4 {
		t.Errorf("decoded %d times", *decoded)
	}
}

// TestConfigWithoutAServer: a hook that is not told the server gets what the node answers, whatever the name.
func TestConfigWithoutAServer(t *testing.T) {
	c, decoded := counted()
	for round := range 3 {
		for n := 1; n <= 4; n++ {
			h := &testHost{config: fmt.Sprintf(`{"n":%d}`, n)}
			for _, ctx := range []*Context{{host: h, config: "1"}, {host: h}, {host: h, server: "5"}} {
				if s, err := c.Get(ctx); s.N != n || err != nil {
					t.Errorf("round %d: %d got %v, %v", round, n, s, err)
				}
			}
		}
	}
	if *decoded != 4 {
		t.Errorf("decoded %d times", *decoded)
	}
}

func TestConfigKeepsThoseUsedLast(t *testing.T) {
	c, decoded := counted()
	get := func(server int) {
		t.Helper()
		h := &testHost{config: fmt.Sprintf(`{"n":%d}`, server)}
		if s, err := c.Get(&Context{host: h, server: fmt.Sprint(server), config: "1"}); s.N != server || err != nil {
			t.Fatal(s, err)
		}
	}
	for server := 1; server <= DefaultConfigs; server++ {
		get(server)
	}
	get(1) // now 2 was not used for longest
	get(100)
	if len(c.kept) != DefaultConfigs || *decoded != DefaultConfigs+1 {
		t.Errorf("%d kept, decoded %d times", len(c.kept), *decoded)
	}
	get(1)
	if *decoded != DefaultConfigs+1 {
		t.Error("one that was just used was dropped")
	}
	get(2)
	if *decoded != DefaultConfigs+2 {
		t.Error("the one that was not used for longest was kept")
	}
	one, decodedByOne := counted()
	c, decoded = one.Keep(0), decodedByOne
	get(1)
	get(2)
	get(1)
	if len(c.kept) != 1 || *decoded != 3 {
		t.Errorf("Keep(0): %d kept, decoded %d times", len(c.kept), *decoded)
	}
}

func TestConfigThatCannotBeDecodedIsKeptToo(t *testing.T) {
	c, decoded := counted()
	ctx := &Context{host: &testHost{config: `{"n":"x"}`}, server: "1", config: "1"}
	for range 3 {
		if _, err := c.Get(ctx); err == nil {
			t.Error("no error")
		}
	}
	if *decoded != 1 {
		t.Errorf("decoded %d times", *decoded)
	}
}

func TestConfigTheNodeDoesNotGiveIsAskedForAgain(t *testing.T) {
	c, _ := counted()
	h := &testHost{}
	ctx := &Context{host: h, server: "1", config: "1"}
	if _, err := c.Get(ctx); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	h.config = `{"n":3}`
	if s, err := c.Get(ctx); s.N != 3 || err != nil {
		t.Errorf("%v, %v", s, err)
	}
}

func TestConfigCheck(t *testing.T) {
	c := NewConfig(func(raw []byte) (settings, error) {
		switch string(raw) {
		case "1":
			return settings{}, fmt.Errorf("read it: %w", Problems{{Pointer: "/n", Message: Text{"en": "It is odd."}}})
		case "2":
			return settings{}, errors.New("it is even")
		}
		return settings{}, nil
	})
	cases := map[string]string{
		"0": "",
		"1": `{"errors":[{"pointer":"/n","message":{"en":"It is odd."}}]}`,
		"2": `{"errors":[{"pointer":"","message":{"en":"it is even"}}]}`,
	}
	for config, want := range cases {
		if out, code := ask(Plugin{ConfigWillChange: c.Check}, HookConfigWillChange, `{"config":`+config+`}`); out != want || code != port.Done {
			t.Errorf("%s: code %d, output %s", config, code, out)
		}
	}
	if got := (Problems{{Pointer: "/n", Message: Text{"en": "It is odd."}}}).Error(); got != "/n: It is odd." {
		t.Error(got)
	}
}

func TestConfigIsSafeForGoroutines(t *testing.T) {
	c, _ := counted()
	done := make(chan error)
	for n := range 8 {
		go func() {
			var err error
			for i := range 200 {
				server := (n + i) % 40
				h := &testHost{config: fmt.Sprintf(`{"n":%d}`, server)}
				s, e := c.Get(&Context{host: h, server: fmt.Sprint(server), config: "1"})
				if e != nil || s.N != server {
					err = fmt.Errorf("server %d: %v, %w", server, s, e)
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
