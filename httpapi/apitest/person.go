package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// Base is where the API lies.
const Base = "/api/v1"

// Password is everybody's.
const Password = "correct horse battery"

// Person is a client: somebody who signed in, or a guest without a session. Its fields are the request's and may be
// changed; a copy is another client.
type Person struct {
	Kit     *Kit
	Name    string
	ID      string
	Token   string // bearer
	Refresh string
	Cookie  string // "name=value", sent where there is no token
	Address string // of the client, as the node sees it

	node int // 1 is the first; 0: any
}

// On is the same client at one node of a cluster, 1 being the first. It waits for no other node.
func (p *Person) On(node int) *Person {
	q := *p
	q.node = node
	return &q
}

// Node is the node that this client stays with; 0: with none.
func (p *Person) Node() int { return p.node }

// Guest is somebody without a session.
func (k *Kit) Guest() *Person { return &Person{Kit: k, Name: "guest", Address: "192.0.2.1:1234"} }

// RegisterBody is a request to register under a username.
func RegisterBody(name string) M {
	return M{"first_name": strings.ToUpper(name[:1]) + name[1:], "last_name": "", "username": name, "email": name + "@example.org",
		"password": Password}
}

// Register makes an account and signs in.
func (k *Kit) Register(name string) *Person {
	k.T.Helper()
	return k.Guest().RegisterAs(name)
}

// RegisterAs is Register at the node of a guest.
func (p *Person) RegisterAs(name string) *Person {
	p.Kit.T.Helper()
	q := *p
	q.Name = name
	q.take(q.Post("/auth/register", RegisterBody(name)).Must(http.StatusCreated))
	return &q
}

// SignIn starts another session of a person.
func (p *Person) SignIn() *Person {
	p.Kit.T.Helper()
	q := p.Kit.Guest()
	q.Name, q.Address, q.node = p.Name, p.Address, p.node
	q.take(q.Post("/auth/login", M{"login": p.Name, "password": Password}).Must(http.StatusOK))
	return q
}

// Renew exchanges the refresh token; the access token lives for some minutes only.
func (p *Person) Renew() {
	p.Kit.T.Helper()
	p.take(p.Kit.Guest().On(p.node).Post("/auth/refresh", M{"refresh_token": p.Refresh}).Must(http.StatusOK))
}

func (p *Person) take(a *Answer) {
	p.ID, p.Token, p.Refresh = a.Text("user.id"), a.Text("access_token"), a.Text("refresh_token")
}

// With changes a request before it is sent.
type With func(*http.Request)

// Header sets a header of a request.
func Header(name, value string) With {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// Get, Post, Put, Patch and Delete send a request; Do says how.

// Get sends a GET.
func (p *Person) Get(path string, with ...With) *Answer {
	p.Kit.T.Helper()
	return p.Do(http.MethodGet, path, nil, with...)
}

// Post sends a POST.
func (p *Person) Post(path string, body any, with ...With) *Answer {
	p.Kit.T.Helper()
	return p.Do(http.MethodPost, path, body, with...)
}

// Put sends a PUT.
func (p *Person) Put(path string, body any, with ...With) *Answer {
	p.Kit.T.Helper()
	return p.Do(http.MethodPut, path, body, with...)
}

// Patch sends a PATCH.
func (p *Person) Patch(path string, body any, with ...With) *Answer {
	p.Kit.T.Helper()
	return p.Do(http.MethodPatch, path, body, with...)
}

// Delete sends a DELETE.
func (p *Person) Delete(path string, with ...With) *Answer {
	p.Kit.T.Helper()
	return p.Do(http.MethodDelete, path, nil, with...)
}

// Do sends a request to the handler of a node itself and holds the answer to the contract. path is below Base and may have a query.
// body is nil for none, a string or bytes as they are, anything else as JSON.
func (p *Person) Do(method, path string, body any, with ...With) *Answer {
	k := p.Kit
	k.T.Helper()
	r := httptest.NewRequest(method, Base+path, p.reader(body))
	p.dress(r, body)
	for _, f := range with {
		f(r)
	}
	w := httptest.NewRecorder()
	k.next(p.node).Handler().ServeHTTP(w, r)
	a := &Answer{t: k.T, what: p.Name + ": " + method + " " + path, Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
	k.contract.check(k.T, method, pathOnly(path), a)
	return a
}

func pathOnly(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if plain, err := url.PathUnescape(path); err == nil && strings.Count(plain, "/") == strings.Count(path, "/") {
		return plain
	}
	return path
}

func (p *Person) reader(body any) io.Reader {
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	case []byte:
		return bytes.NewReader(b)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		p.Kit.T.Fatalf("encode a body: %v", err)
	}
	return bytes.NewReader(raw)
}

// dress gives a request what the person's client sends with each.
func (p *Person) dress(r *http.Request, body any) {
	if p.Address != "" {
		r.RemoteAddr = p.Address
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.Token != "" {
		r.Header.Set("Authorization", "Bearer "+p.Token)
	} else if p.Cookie != "" {
		r.Header.Set("Cookie", p.Cookie)
	}
}
