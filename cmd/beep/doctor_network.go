package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	dnsTimeout   = 3 * time.Second
	probeTimeout = 2 * time.Second
	// probeBytes is how much of an answer is looked at to recognise a Beep.
	probeBytes = 4096
)

func checkHTTPPort(ctx context.Context, c Config) finding {
	err := tryListen(ctx, c.HTTP.Listen)
	return judgePort("http.listen", c.HTTP.Listen, err, func() bool {
		return isBeep(ctx, "http://"+dialable(c.HTTP.Listen)+"/api/openapi.yaml")
	})
}

func checkAdminPort(ctx context.Context, c Config) finding {
	err := tryListen(ctx, c.Admin.Listen)
	return judgePort("admin.listen", c.Admin.Listen, err, func() bool {
		return isBeep(ctx, "http://"+dialable(c.Admin.Listen)+"/livez")
	})
}

func tryListen(ctx context.Context, address string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

// judgePort explains what came of listening; ours tells whether the one who holds the port is a Beep.
func judgePort(key, address string, err error, ours func() bool) finding {
	_, port, _ := net.SplitHostPort(address)
	switch {
	case err == nil:
		return okay("%s is free", address)
	case errors.Is(err, syscall.EADDRINUSE) && ours():
		return okay("a Beep already listens on %s", address)
	case errors.Is(err, syscall.EADDRINUSE):
		return fail(fmt.Sprintf("stop what holds it (ss -ltnp 'sport = :%s' shows it), or set %s to another port", port, key),
			"%s is taken by another program", address)
	case errors.Is(err, fs.ErrPermission):
		return fail(fmt.Sprintf("allow it once with: sudo setcap cap_net_bind_service=+ep $(command -v beep), or set %s above 1023", key),
			"this user may not listen on %s", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fail(fmt.Sprintf("set %s to :%s, or to an address of this machine (ip addr)", key, port), "%s is not an address of this machine", address)
	}
	return fail("set "+key+" to ADDRESS:PORT", "cannot listen on %s: %v", address, err)
}

// dialable turns an address to listen on into one to connect to.
func dialable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || !anyHost(host) {
		return address
	}
	return net.JoinHostPort("localhost", port)
}

// isBeep asks whether a Beep answers at a URL: by its Server header, or by the title of its API description.
func isBeep(ctx context.Context, target string) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return false
	}
	// Neither proxies nor kept connections: this goes to the port itself, once.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	if strings.HasPrefix(strings.ToLower(resp.Header.Get("Server")), serviceName) {
		return true
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, probeBytes))
	return err == nil && resp.StatusCode == http.StatusOK && strings.Contains(string(body), "title: Beep")
}

func checkPublicURL(ctx context.Context, c Config) finding {
	if c.HTTP.PublicURL == "" {
		return okay("http.public_url is not set: links follow the address of each request")
	}
	u, err := url.Parse(c.HTTP.PublicURL)
	if err != nil {
		return fail("set http.public_url to a URL like https://chat.example.org", "http.public_url does not parse")
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	return judgeDNS(u.Hostname(), addrs, err)
}

func judgeDNS(host string, addrs []string, err error) finding {
	if err != nil || len(addrs) == 0 {
		return warn("add an A or AAAA record for it, or correct http.public_url", "%s has no address that this machine can find", host)
	}
	return okay("%s is %s", host, strings.Join(addrs[:min(len(addrs), 3)], ", "))
}

// widestPublic is the shortest prefix of public addresses that may still be one's own proxies.
const (
	widestPublic4 = 16
	widestPublic6 = 32
)

// judgeProxies looks for networks that would let anybody choose the address that limits and logs see, and for a proxy
// that nobody declared.
func judgeProxies(c Config) finding {
	for _, p := range c.HTTP.TrustedProxies {
		if p.Bits() == 0 {
			return fail("name the addresses of your proxies in http.trusted_proxies", "%s trusts everyone: any client can forge its address", p)
		}
		widest := widestPublic4
		if p.Addr().Is6() {
			widest = widestPublic6
		}
		if !isPrivate(p.Addr()) && p.Bits() < widest {
			return warn("name the addresses of your proxies in http.trusted_proxies", "%s is a large public network: its hosts can forge client addresses", p)
		}
	}
	if len(c.HTTP.TrustedProxies) > 0 {
		return okay("%d trusted", len(c.HTTP.TrustedProxies))
	}
	if strings.HasPrefix(c.HTTP.PublicURL, "https://") {
		return warn("set http.trusted_proxies to its address, for example 127.0.0.1",
			"http.public_url is https, so a proxy stands in front, but none is trusted: all people share its address in limits and logs")
	}
	return okay("none: the address of a request is the one it came from")
}

func isPrivate(a netip.Addr) bool {
	a = a.Unmap()
	sharedSpace := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // RFC 6598: between a provider and its customers
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedSpace.Contains(a)
}

// judgeTransport warns when passwords would travel in the clear.
func judgeTransport(c Config) finding {
	u, err := url.Parse(c.HTTP.PublicURL)
	host, _, _ := net.SplitHostPort(c.HTTP.Listen)
	const do = "put a reverse proxy with TLS in front (Caddy, Traefik, nginx), set http.public_url to https://... and http.listen to 127.0.0.1:8080"
	switch {
	case err == nil && u.Scheme == "https":
		return okay("people come over https")
	case err == nil && u.Scheme == "http" && !isLocalHost(u.Hostname()):
		return warn(do, "http.public_url is plain http: passwords travel in the clear")
	case c.HTTP.PublicURL == "" && !isLocalHost(host):
		return warn(do+"; fine for a first try at home", "%s answers plain http on the network", c.HTTP.Listen)
	}
	return okay("plain http, on this machine only")
}

// isLocalHost tells names and addresses that do not leave the machine.
func isLocalHost(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && a.IsLoopback()
}

// judgeAdminAccess warns when operators' pages are open to the network.
func judgeAdminAccess(c Config) finding {
	host, _, _ := net.SplitHostPort(c.Admin.Listen)
	switch {
	case isLocalHost(host):
		return okay("from this machine only")
	case c.Admin.Pprof:
		return warn("set admin.pprof to false, or admin.listen to 127.0.0.1:9090",
			"profiles are open to whoever reaches %s: they slow the node and show what it does", c.Admin.Listen)
	}
	return warn("fine behind a firewall or network policy; otherwise set admin.listen to 127.0.0.1:9090",
		"metrics are open to whoever reaches %s", c.Admin.Listen)
}
