package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// minPseudonymKey is the shortest key of log pseudonyms: 32 characters hold enough chance even when they are hexadecimal.
const minPseudonymKey = 32

// maxKeyspace is CQL's bound on a name, less what the demo adds.
const maxKeyspace = 48 - len(demoSuffix)

// maxTrustedProxies bounds a list that is walked on every request.
const maxTrustedProxies = 256

// Check reports what the tags of Config cannot say: addresses, URLs and values that must agree.
func (c *Config) Check(report func(key, what, do string)) {
	c.checkAddresses(report)
	c.checkURLs(report)
	c.checkStore(report)
	if n := len(c.HTTP.TrustedProxies); n > maxTrustedProxies {
		report("http.trusted_proxies", fmt.Sprintf("has %d entries", n), fmt.Sprintf("give at most %d; networks can be wider", maxTrustedProxies))
	}
	if k := c.Log.PseudonymKey; k != "" && len(k) < minPseudonymKey {
		report("log.pseudonym_key", "is too short", fmt.Sprintf("give at least %d characters, for example of: openssl rand -hex 32", minPseudonymKey))
	}
	if c.DataDir == "" {
		report("data_dir", "is empty", "give the path of a folder")
	}
}

func (c *Config) checkAddresses(report func(key, what, do string)) {
	httpHost, httpPort, err := splitListen(c.HTTP.Listen)
	if err != nil {
		report("http.listen", err.Error(), "use ADDRESS:PORT, for example :8080 or 127.0.0.1:8080")
	}
	adminHost, adminPort, err2 := splitListen(c.Admin.Listen)
	if err2 != nil {
		report("admin.listen", err2.Error(), "use ADDRESS:PORT, for example 127.0.0.1:9090")
	}
	same := httpHost == adminHost || anyHost(httpHost) || anyHost(adminHost)
	if err == nil && err2 == nil && httpPort == adminPort && httpPort != 0 && same {
		report("admin.listen", "uses the port of http.listen", "give it another port, for example 127.0.0.1:9090")
	}
	for i, addr := range c.Redis.Addrs {
		if _, _, err := splitListen(addr); err != nil {
			report("redis.addrs", fmt.Sprintf("entry %d %v", i+1, err), "use HOST:PORT, for example 127.0.0.1:6379")
		}
	}
	for i, host := range c.CQL.Hosts {
		if _, _, err := net.SplitHostPort(host); strings.Contains(host, ":") && err != nil && !validIP(host) {
			report("cql.hosts", fmt.Sprintf("entry %d %q is neither a host nor HOST:PORT", i+1, host), "use HOST or HOST:PORT")
		}
	}
}

func validIP(s string) bool { _, err := netip.ParseAddr(s); return err == nil }

func anyHost(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "" || err == nil && a.IsUnspecified()
}

// splitListen takes HOST:PORT apart; the host may be empty, the port may be 0 (the system chooses).
func splitListen(s string) (host string, port uint16, err error) {
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not an address with a port", s)
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("%q has no port between 0 and 65535", s)
	}
	return host, uint16(n), nil
}

func (c *Config) checkURLs(report func(key, what, do string)) {
	for _, one := range []struct{ key, value, example string }{
		{"http.public_url", c.HTTP.PublicURL, "https://chat.example.org"},
		{"trace.endpoint", c.Trace.Endpoint, "http://127.0.0.1:4318"},
	} {
		if one.value == "" {
			continue
		}
		u, err := url.Parse(one.value)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			report(one.key, "is not an http or https URL", "use one like "+one.example)
		case u.User != nil:
			report(one.key, "holds a user name or password", "leave them out")
		case one.key == "http.public_url" && (strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != ""):
			report(one.key, "has a path; Beep is served at the root of a host", "use one like "+one.example)
		}
	}
}

func (c *Config) checkStore(report func(key, what, do string)) {
	if c.Store.Engine == engineCQL {
		if len(c.CQL.Hosts) == 0 {
			report("cql.hosts", "is empty, but store.engine is cql", "name two or three nodes of the cluster, for example BEEP_CQL_HOSTS=10.0.0.1,10.0.0.2")
		}
		if len(c.Redis.Addrs) == 0 {
			report("redis.addrs", "is empty, but store.engine is cql", "name the Redis that the nodes share, for example BEEP_REDIS_ADDRS=10.0.0.9:6379")
		}
	}
	switch k := c.CQL.Keyspace; {
	case k == "" || len(k) > maxKeyspace:
		report("cql.keyspace", fmt.Sprintf("has %d characters", len(k)), fmt.Sprintf("use 1 to %d of a-z, 0-9 and _", maxKeyspace))
	case strings.Trim(k, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
		report("cql.keyspace", "has a character that a keyspace cannot have", "use a-z, 0-9 and _")
	case k[0] < 'a' || k[0] > 'z':
		report("cql.keyspace", "does not begin with a letter", "begin with a-z, for example beep")
	}
	if len(c.Redis.Addrs) > 1 && c.Redis.Master == "" {
		report("redis.addrs", fmt.Sprintf("has %d entries", len(c.Redis.Addrs)), "name the one Redis; for sentinels set redis.master too")
	}
	if c.Redis.Prefix == "" || strings.ContainsAny(c.Redis.Prefix, "{}: ") {
		report("redis.prefix", "is not the first part of a key", "use letters, digits, _ and -, for example beep")
	}
	for _, one := range []struct {
		key, file string
		tls       bool
	}{{"cql.ca_file", c.CQL.CAFile, c.CQL.TLS}, {"redis.ca_file", c.Redis.CAFile, c.Redis.TLS}} {
		if one.file != "" && !one.tls {
			report(one.key, "is set, but TLS is off", "set "+strings.TrimSuffix(one.key, "ca_file")+"tls to true")
		}
	}
}
