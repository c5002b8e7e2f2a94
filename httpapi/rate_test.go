package httpapi_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// atOnce calls f n times in parallel and counts the answers by status and code.
func atOnce(n int, f func(i int) *apitest.Answer) map[string]int {
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		counts = map[string]int{}
		start  = make(chan struct{})
	)
	for i := range n {
		wg.Go(func() {
			<-start
			a := f(i)
			mu.Lock()
			defer mu.Unlock()
			counts[fmt.Sprintf("%d %s", a.Status, a.Code())]++
		})
	}
	close(start)
	wg.Wait()
	return counts
}

func expectCounts(t *testing.T, what string, got map[string]int, want ...any) {
	t.Helper()
	expected := map[string]int{}
	for i := 0; i < len(want); i += 2 {
		expected[want[i].(string)] = want[i+1].(int)
	}
	if fmt.Sprint(got) != fmt.Sprint(expected) {
		t.Errorf("%s: %v, want %v", what, got, expected)
	}
}

// rated makes a kit with limits; what its set-up used of them is over.
func rated(t *testing.T, set func(*core.Limits), change ...func(*apitest.Options)) *apitest.Kit {
	t.Helper()
	return start(t, append(change, func(o *apitest.Options) { set(&o.Limits) })...)
}

const limited = "429 rate_limited"

func TestMessageRate(t *testing.T) {
	k := rated(t, func(l *core.Limits) { l.MessageRate = core.DefaultLimits().MessageRate })
	ada, bob := k.Register("ada"), k.Register("bob")
	server := ada.Post("/servers", M{"name": "Chess", "visibility": "public"}).Must(201).Text("id")
	channel := ada.Get("/servers/" + server + "/channels").Must(200).Text("items.0.id")
	bob.Post("/servers/"+server+"/join", nil).Must(200)
	k.Events().Take()
	say := func(p *apitest.Person) *apitest.Answer {
		return p.Post("/channels/"+channel+"/messages", M{"content": "x"})
	}
	expectCounts(t, "100 at once", atOnce(100, func(int) *apitest.Answer { return say(ada) }), "201 ", 10, limited, 90)
	if n := len(k.Events().Take()); n != 10 {
		t.Errorf("%d events", n)
	}
	k.Advance(3 * time.Second)
	a := say(ada).Is(429, "rate_limited").Has("params.retry_after_ms", 7000).Has("params.limit", 10).Has("params.window_s", 10).Has("params.policy", "message_rate")
	for name, want := range map[string]string{"Retry-After": "7", "RateLimit-Policy": `"message_rate";q=10;w=10`, "RateLimit": `"message_rate";r=0;t=7`} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	say(bob).Is(201)
	k.Advance(7*time.Second - time.Millisecond)
	if a := say(ada).Is(429, "rate_limited").Has("params.retry_after_ms", 1); a.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	k.Advance(time.Millisecond)
	expectCounts(t, "ten seconds later", atOnce(30, func(int) *apitest.Answer { return say(ada) }), "201 ", 10, limited, 20)
}

// TestRefusedRequestsCostNothing: invalid, replayed and unauthorised sends leave the rate as it was.
func TestRefusedRequestsCostNothing(t *testing.T) {
	k := rated(t, func(l *core.Limits) { l.MessageRate = core.Rate{Count: 2, Per: time.Minute} })
	ada, bob := k.Register("ada"), k.Register("bob")
	server := ada.Post("/servers", M{"name": "Chess", "visibility": "public", "template": "quiet"}).Must(201).Text("id")
	channel := ada.Get("/servers/" + server + "/channels").Must(200).Text("items.0.id")
	bob.Post("/servers/"+server+"/join", nil).Must(200)
	path := "/channels/" + channel + "/messages"
	ada.Post(path, M{"content": "x", "nonce": "n"}).Is(201)
	for range 5 {
		ada.Post(path, M{"content": "x", "nonce": "n"}).Is(200)
		ada.Post(path, M{"content": " "}).Is(422, "validation_failed")
		ada.Post(path, M{"content": "x", "extra": 1}).Is(422, "validation_failed")
		ada.Post(path, `{`).Is(400, "bad_json")
		ada.Post(path, M{"content": "x", "reply_to": nothing}).Is(422, "validation_failed")
		ada.Post("/channels/"+nothing+"/messages", M{"content": "x"}).Is(404, "not_found")
		bob.Post(path, M{"content": "x"}).Is(403, "forbidden")
	}
	ada.Post(path, M{"content": "x"}).Is(201)
	ada.Post(path, M{"content": "x"}).Is(429, "rate_limited")
	ada.Post(path, M{"content": "x", "nonce": "n"}).Is(200)
}

// rate is one of the limits with what is limited by it.
type rate struct {
	name   string
	set    func(*core.Limits)
	policy string
	pass   int
	ok     string
	call   func(k *apitest.Kit) (limited, other func(i int) *apitest.Answer)
}

// rates is a table; it is as long as there are rates.
func rates() []rate {
	d := core.DefaultLimits()
	return []rate{
		{"request_rate of a person", func(l *core.Limits) { l.RequestRate = d.RequestRate }, `"request_rate";q=100;w=1`, 100, "200 ",
			func(k *apitest.Kit) (func(int) *apitest.Answer, func(int) *apitest.Answer) {
				ada, bob := k.Register("ada"), k.Register("bob")
				return func(int) *apitest.Answer { return ada.Get("/users/@me") }, func(int) *apitest.Answer { return bob.Get("/users/@me") }
			}},
		{"request_rate of an address", func(l *core.Limits) { l.RequestRate = d.RequestRate }, `"request_rate";q=100;w=1`, 100, "200 ",
			func(k *apitest.Kit) (func(int) *apitest.Answer, func(int) *apitest.Answer) {
				here, there := k.Guest(), k.Guest()
				there.Address = "192.0.2.2:1"
				return func(int) *apitest.Answer { return here.Get("/instance") }, func(int) *apitest.Answer { return there.Get("/instance") }
			}},
		{"request_rate of guesses at tokens", func(l *core.Limits) { l.RequestRate = d.RequestRate }, `"request_rate";q=100;w=1`, 100, "401 unauthenticated",
			func(k *apitest.Kit) (func(int) *apitest.Answer, func(int) *apitest.Answer) {
				here, there := k.Guest(), k.Guest()
				here.Token, there.Token, there.Address = "guess", "guess", "192.0.2.2:1"
				return func(int) *apitest.Answer { return here.Get("/sync") }, func(int) *apitest.Answer { return there.Get("/sync") }
			}},
		{"register_rate", func(l *core.Limits) { l.RegisterRate = d.RegisterRate }, `"register_rate";q=20;w=3600`, 20, "201 ",
			func(k *apitest.Kit) (func(int) *apitest.Answer, func(int) *apitest.Answer) {
				here, there := k.Guest(), k.Guest()
				there.Address = "192.0.2.2:1"
				register := func(p *apitest.Person) func(int) *apitest.Answer {
					return func(i int) *apitest.Answer {
						return p.Post("/auth/register", apitest.RegisterBody(fmt.Sprintf("p%d-%s", i, p.Address[:9])))
					}
				}
				return register(here), register(there)
			}},
		{"login_rate", func(l *core.Limits) { l.LoginRate = d.LoginRate }, `"login_rate";q=10;w=60`, 10, "401 invalid_credentials",
			func(k *apitest.Kit) (func(int) *apitest.Answer, func(int) *apitest.Answer) {
				p := k.Guest()
				return func(int) *apitest.Answer { return p.Post("/auth/login", M{"login": "ada", "password": "guess"}) },
					func(int) *apitest.Answer { return p.Post("/auth/login", M{"login": "bob", "password": "guess"}) }
			}},
		{"step_up_rate", func(l *core.Limits) { l.LoginRate = d.LoginRate }, `"step_up_rate";q=10;w=60`, 10, "403 step_up_required",
			func(k *apitest.Kit) (func(int) *apitest.Answer, func(int) *apitest.Answer) {
				ada, bob := k.Register("ada"), k.Register("bob")
				return func(int) *apitest.Answer { return ada.Post("/auth/step-up", M{"password": "guess"}) },
					func(int) *apitest.Answer { return bob.Post("/auth/step-up", M{"password": "guess"}) }
			}},
		{"create_rate", func(l *core.Limits) { l.CreateRate, l.ServersPerUser = d.CreateRate, 0 }, `"create_rate";q=60;w=60`, 60, "201 ",
			func(k *apitest.Kit) (func(int) *apitest.Answer, func(int) *apitest.Answer) {
				ada, bob := k.Register("ada"), k.Register("bob")
				create := func(p *apitest.Person) func(int) *apitest.Answer {
					return func(int) *apitest.Answer {
						return p.Post("/servers", M{"name": "Chess", "visibility": "public"})
					}
				}
				return create(ada), create(bob)
			}},
	}
}

// TestRates: each rate lets exactly its count through of many at once, from one who is limited; others go on.
func TestRates(t *testing.T) {
	for _, c := range rates() {
		t.Run(c.name, func(t *testing.T) {
			k := rated(t, c.set)
			one, other := c.call(k)
			k.Advance(5 * time.Minute)
			expectCounts(t, "150 at once", atOnce(150, one), c.ok, c.pass, limited, 150-c.pass)
			a := one(1000).Is(429, "rate_limited")
			if got := a.Header.Get("RateLimit-Policy"); got != c.policy || a.Header.Get("Retry-After") == "" || a.At("params.retry_after_ms") == nil {
				t.Errorf("RateLimit-Policy %q, Retry-After %q, %s", got, a.Header.Get("Retry-After"), a)
			}
			if a := other(1001); fmt.Sprintf("%d %s", a.Status, a.Code()) != c.ok {
				t.Errorf("somebody else: %s", a)
			}
			ms, _ := a.At("params.retry_after_ms").(float64)
			k.Advance(time.Duration(ms) * time.Millisecond)
			if a := one(1002); fmt.Sprintf("%d %s", a.Status, a.Code()) != c.ok {
				t.Errorf("after the time told: %s", a)
			}
		})
	}
}

// TestRatesOff: a limit of 0 limits nothing, and says nothing.
func TestRatesOff(t *testing.T) {
	k := rated(t, func(l *core.Limits) { *l = core.Limits{} })
	ada := k.Register("ada")
	var server string
	for range 70 {
		a := ada.Post("/servers", M{"name": "Chess", "visibility": "public"}).Is(201)
		if a.Header.Get("RateLimit-Policy") != "" {
			t.Fatalf("RateLimit-Policy %q", a.Header.Get("RateLimit-Policy"))
		}
		server = a.Text("id")
	}
	channel := ada.Get("/servers/" + server + "/channels").Must(200).Text("items.0.id")
	for range 200 {
		ada.Post("/channels/"+channel+"/messages", M{"content": "x"}).Is(201)
	}
	for i := range 30 {
		k.Guest().Post("/auth/register", apitest.RegisterBody(fmt.Sprintf("p%d", i))).Is(201)
		k.Guest().Post("/auth/login", M{"login": "ada", "password": apitest.Password}).Is(200)
	}
	if n := len(ada.Get("/users/@me/servers").Is(200).At("items").([]any)); n != 70 {
		t.Errorf("%d servers", n)
	}
}

// TestForwardedAddresses: who the client is, is the connection's word, or that of a proxy the operator trusts.
func TestForwardedAddresses(t *testing.T) {
	trust := func(o *apitest.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }
	for _, c := range []struct {
		name    string
		change  []func(*apitest.Options)
		headers []apitest.With // of the request after one that used the limit up under 203.0.113.1
		status  int
	}{
		{"forged", nil, []apitest.With{apitest.Header("X-Forwarded-For", "203.0.113.2")}, 429},
		{"forged list", nil, []apitest.With{apitest.Header("X-Forwarded-For", "203.0.113.2, 203.0.113.3")}, 429},
		{"forged real address", nil, []apitest.With{apitest.Header("X-Real-IP", "203.0.113.2")}, 429},
		{"forged by the standard", nil, []apitest.With{apitest.Header("Forwarded", "for=203.0.113.2")}, 429},
		{"a proxy's, same client", []func(*apitest.Options){trust}, []apitest.With{apitest.Header("X-Forwarded-For", "203.0.113.1")}, 429},
		{"a proxy's, another client", []func(*apitest.Options){trust}, []apitest.With{apitest.Header("X-Forwarded-For", "203.0.113.2")}, 201},
		{"a proxy's, with a forged one before", []func(*apitest.Options){trust}, []apitest.With{apitest.Header("X-Forwarded-For", "203.0.113.9, 203.0.113.1")}, 429},
		{"a proxy's, through a second proxy", []func(*apitest.Options){trust}, []apitest.With{apitest.Header("X-Forwarded-For", "203.0.113.1, 192.0.2.77")}, 429},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := rated(t, func(l *core.Limits) { l.RegisterRate = core.Rate{Count: 1, Per: time.Hour} }, c.change...)
			k.Guest().Post("/auth/register", apitest.RegisterBody("ada"), apitest.Header("X-Forwarded-For", "203.0.113.1")).Is(201)
			k.Guest().Post("/auth/register", apitest.RegisterBody("bob"), c.headers...).Is(c.status)
		})
	}
}
