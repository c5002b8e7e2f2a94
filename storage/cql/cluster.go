package cql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/gocql/gocql"
)

// cluster is what the contact points tell of theirs.
type cluster struct {
	session    session // without a keyspace
	product    string
	version    string
	datacenter string   // the one whose nodes are to be asked
	all        []string // data centres there are
	nodes      []node   // of datacenter, by host id
}

type node struct{ id, address string }

// The products and the first versions that do what the layer needs.
const (
	cassandra = "Apache Cassandra"
	scylla    = "ScyllaDB"
)

var oldest = map[string][2]int{cassandra: {5, 0}, scylla: {2025, 4}}

// reach asks the contact points about their cluster. The caller closes the session.
func reach(ctx context.Context, opt Options) (*cluster, error) {
	contacts, err := resolve(ctx, opt.Hosts, opt.Logger)
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, opt, contacts, "", "")
	if err != nil {
		return nil, err
	}
	c := &cluster{session: s}
	if err := c.learn(ctx, opt, contacts); err != nil {
		s.close()
		return nil, err
	}
	return c, nil
}

func (c *cluster) learn(ctx context.Context, opt Options, contacts []string) error {
	hosts := c.session.x.GetHosts()
	slices.SortFunc(hosts, func(a, b *gocql.HostInfo) int { return strings.Compare(a.HostID(), b.HostID()) })
	c.datacenter = opt.Datacenter
	if c.datacenter == "" {
		c.datacenter = homeOf(hosts, contacts)
	}
	for _, h := range hosts {
		if !slices.Contains(c.all, h.DataCenter()) {
			c.all = append(c.all, h.DataCenter())
		}
		if h.DataCenter() == c.datacenter {
			c.nodes = append(c.nodes, node{h.HostID(), net.JoinHostPort(h.ConnectAddress().String(), strconv.Itoa(h.Port()))})
		}
	}
	slices.Sort(c.all)
	if len(c.nodes) == 0 {
		return fmt.Errorf("the cluster has no data centre %q; it has %s", c.datacenter, strings.Join(c.all, ", "))
	}
	return c.learnVersion(ctx, hosts)
}

// homeOf gives the data centre of the first contact point that is a node's address.
func homeOf(hosts []*gocql.HostInfo, contacts []string) string {
	for _, contact := range contacts {
		ip, _, _ := net.SplitHostPort(contact)
		for _, h := range hosts {
			if h.ConnectAddress().Equal(net.ParseIP(ip)) {
				return h.DataCenter()
			}
		}
	}
	if len(hosts) == 0 {
		return ""
	}
	return hosts[0].DataCenter()
}

// learnVersion finds the product and the lowest version. ScyllaDB calls itself an old Cassandra; its own version is in a
// table that Cassandra does not have.
func (c *cluster) learnVersion(ctx context.Context, hosts []*gocql.HostInfo) error {
	var table string
	err := c.session.x.Session.Query(askScylla).
		WithContext(ctx).Idempotent(true).Scan(&table)
	switch {
	case errors.Is(err, gocql.ErrNotFound):
		c.product = cassandra
		c.version = lowest(hosts)
	case err != nil:
		return fmt.Errorf("ask for the version: %w", err)
	default:
		c.product = scylla
		if err := c.session.x.Session.Query(askScyllaVersion).WithContext(ctx).Idempotent(true).Scan(&c.version); err != nil {
			return fmt.Errorf("ask for the version: %w", err)
		}
	}
	return checkVersion(c.product, c.version)
}

func lowest(hosts []*gocql.HostInfo) string {
	low := ""
	for _, h := range hosts {
		v := h.Version()
		if text := fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch); low == "" || older(text, low) {
			low = text
		}
	}
	return low
}

func older(a, b string) bool {
	return slices.Compare(numbers(a), numbers(b)) < 0
}

// numbers gives the leading numbers of a version: 2025.4.0-0.20251020.abc gives 2025, 4, 0.
func numbers(version string) []int {
	version, _, _ = strings.Cut(version, "-")
	var list []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(strings.TrimRight(part, "~rcbetalph"))
		if err != nil {
			break
		}
		list = append(list, n)
	}
	return list
}

func checkVersion(product, version string) error {
	have, want := numbers(version), oldest[product]
	if len(have) < 2 || slices.Compare(have[:2], want[:]) < 0 {
		return fmt.Errorf("%s %s is too old: %s %d.%d or later is needed", product, version, product, want[0], want[1])
	}
	return nil
}

// addresses are those of the data centre's nodes.
func (c *cluster) addresses() []string {
	list := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		list[i] = n.address
	}
	return list
}
