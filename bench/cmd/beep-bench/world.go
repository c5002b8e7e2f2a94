package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/beep-chat/beep/internal/irc"
	ubuntuirc "github.com/beep-chat/beep/testdata/ubuntu-irc"
)

const password = "a quiet afternoon of numbers"

// bench is what the parts share.
type bench struct {
	options
	binary string
	root   string // a temporary folder, removed at the end
	texts  []string
	engine string // that is measured on now
	report report
}

func newBench(ctx context.Context, o options) (*bench, error) {
	root, err := os.MkdirTemp(o.dir, "beep-bench-*")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, root: root, binary: o.beep}
	if b.texts, err = realTexts(); err == nil && b.binary == "" {
		fmt.Fprintln(os.Stderr, "==> building beep")
		b.binary, err = build(ctx, root)
	}
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	b.report = newReport(b.binary)
	b.report.Skipped = o.skipped
	if slices.Contains(o.engines, engineCQL) {
		c, err := openCassandra(ctx)
		if err != nil {
			return nil, errors.Join(err, b.close())
		}
		b.report.Store = c.describe(ctx)
		if err := c.drop(); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	if b.options.beep == "" {
		b.report.Beep = "of this checkout"
	}
	return b, nil
}

func (b *bench) close() error { return os.RemoveAll(b.root) }

// data names a folder of the bench's own.
func (b *bench) data(name string) string { return filepath.Join(b.root, name) }

// realTexts are what people really typed.
func realTexts() ([]string, error) {
	var texts []string
	for _, c := range ubuntuirc.Conversations() {
		raw, _, err := c.Open()
		if err != nil {
			return nil, err
		}
		for _, l := range irc.Parse(raw) {
			if l.Kind == irc.Message && l.Text != "" {
				texts = append(texts, l.Text)
			}
		}
	}
	return texts, nil
}

// person is an account with a session and, once asked for, a connection.
type person struct {
	conn  *conn
	token string
}

// answerError is an answer that is no success.
type answerError struct {
	asked  string
	status int
	body   string
}

// Error implements error.
func (e *answerError) Error() string { return fmt.Sprintf("%s: %d %s", e.asked, e.status, e.body) }

// call asks for an operation and reads the answer into out, if out is not nil.
func (p *person) call(method, path string, body, out any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	status, answer, err := p.conn.do(method, "/api/v1"+path, p.token, text)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: %w", method, path, err)
	case status >= 400:
		return &answerError{fmt.Sprintf("%s %s", method, path), status, string(answer)}
	case out == nil:
		return nil
	}
	return json.Unmarshal(answer, out)
}

// register makes people with names of a prefix, connected; whoever has the name already signs in.
func register(addr, prefix string, count int) ([]*person, error) {
	people := make([]*person, count)
	var g errgroup.Group
	g.SetLimit(16)
	for i := range people {
		g.Go(func() error {
			c, err := dial(addr)
			if err != nil {
				return err
			}
			people[i] = &person{conn: c}
			name := prefix + strconv.Itoa(i)
			var grant struct {
				AccessToken string `json:"access_token"`
			}
			err = patiently(func() error {
				return people[i].call("POST", "/auth/register", map[string]string{"first_name": "Bench", "last_name": name, "username": name,
					"email": name + "@bench.example", "password": password}, &grant)
			})
			if err != nil && strings.Contains(err.Error(), "username_taken") {
				err = people[i].call("POST", "/auth/login", map[string]string{"login": name, "password": password}, &grant)
			}
			people[i].token = grant.AccessToken
			return err
		})
	}
	return people, g.Wait()
}

// setupTries is how often what prepares a measurement is asked for, a second apart, when the answer is 503: Cassandra on a
// machine that does everything has bad moments, most of all while tables are being made. What is measured is never repeated.
const setupTries = 5

func patiently(ask func() error) (err error) {
	for range setupTries {
		var refused *answerError
		if err = ask(); !errors.As(err, &refused) || refused.status != http.StatusServiceUnavailable {
			return err
		}
		time.Sleep(time.Second)
	}
	return err
}

func hangUp(people []*person) {
	for _, p := range people {
		if p != nil && p.conn != nil {
			_ = p.conn.Close()
		}
	}
}

// created is the part of a new thing that is needed.
type created struct {
	ID string `json:"id"`
}

// community makes a server of the first person with channels, which everybody else joins.
func community(people []*person, name string, channels int) (ids []string, err error) {
	var server created
	if err := people[0].call("POST", "/servers", map[string]string{"name": name, "visibility": "public"}, &server); err != nil {
		return nil, err
	}
	for i := range channels {
		var c created
		body := map[string]string{"name": "channel-" + strconv.Itoa(i), "type": "text"}
		if err := people[0].call("POST", "/servers/"+server.ID+"/channels", body, &c); err != nil {
			return nil, err
		}
		ids = append(ids, c.ID)
	}
	var g errgroup.Group
	g.SetLimit(16)
	for _, p := range people[1:] {
		g.Go(func() error {
			return patiently(func() error { return p.call("POST", "/servers/"+server.ID+"/join", nil, nil) })
		})
	}
	return ids, g.Wait()
}
