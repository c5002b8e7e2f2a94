package cql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/gocql/gocql"
	"github.com/scylladb/gocqlx/v2"
)

// resolve turns contact points into addresses with ports: the driver wants addresses, and an operator wants to read which
// name leads nowhere. One that resolves is enough.
func resolve(ctx context.Context, hosts []string, log *slog.Logger) ([]string, error) {
	var addresses []string
	var failed []error
	for _, h := range hosts {
		name, port := h, strconv.Itoa(defaultPort)
		if n, p, err := net.SplitHostPort(h); err == nil {
			name, port = n, p
		}
		found, err := net.DefaultResolver.LookupHost(ctx, strings.Trim(name, "[]"))
		if err != nil {
			log.Warn("a contact point cannot be resolved", "contact_point", h, "error", err)
			failed = append(failed, fmt.Errorf("contact point %q: %w", h, err))
			continue
		}
		for _, a := range found {
			addresses = append(addresses, net.JoinHostPort(a, port))
		}
	}
	if len(addresses) == 0 {
		return nil, fmt.Errorf("no contact point could be resolved: %w", errors.Join(failed...))
	}
	return addresses, nil
}

// connect opens a session. With a data centre only its nodes are asked; the keyspace may be "".
func connect(ctx context.Context, opt Options, addresses []string, datacenter, keyspace string) (session, error) {
	d := &dialer{opening: ctx}
	c := gocql.NewCluster(addresses...)
	c.Keyspace = keyspace
	c.ProtoVersion = 4 // both servers'; it has unset values
	c.Consistency, c.SerialConsistency = gocql.LocalQuorum, gocql.LocalSerial
	c.DefaultTimestamp = false // every statement names its own
	c.DefaultIdempotence = false
	c.Timeout, c.ConnectTimeout = min(serverTimeout, opt.Timeout), connectTimeout
	c.ReconnectInterval = reconnectInterval
	c.MaxWaitSchemaAgreement = agreementTimeout
	c.MaxPreparedStmts, c.MaxRoutingKeyInfo = maxPrepared, maxPrepared
	c.RetryPolicy = nextNode{}
	c.Logger = driverLog{opt.Logger}
	c.Dialer, c.ConnectObserver = d, d
	fallback := gocql.RoundRobinHostPolicy()
	if datacenter != "" {
		fallback = gocql.DCAwareRoundRobinPolicy(datacenter)
		c.HostFilter = gocql.DataCenterHostFilter(datacenter)
	}
	c.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(fallback)
	if opt.Username != "" {
		c.Authenticator = gocql.PasswordAuthenticator{Username: opt.Username, Password: opt.Password}
	}
	if opt.TLS != nil {
		c.SslOpts = &gocql.SslOptions{Config: opt.TLS.Clone(), EnableHostVerification: !opt.TLS.InsecureSkipVerify}
	}
	s, err := gocqlx.WrapSession(c.CreateSession())
	if err != nil {
		return session{}, d.explain(ctx, opt, addresses, err)
	}
	d.opened()
	return session{s}, nil
}

// dialer lets the context of Open end its dialling, which the driver does not, and keeps why connections failed, of which
// the driver gives the text only.
type dialer struct {
	net.Dialer
	mu      sync.Mutex
	opening context.Context // nil once the session is open
	reasons []error
}

// maxReasons bounds what explain is given to read.
const maxReasons = 16

func (d *dialer) opened() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opening, d.reasons = nil, nil
}

// DialContext implements gocql.Dialer.
func (d *dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	d.mu.Lock()
	opening := d.opening
	d.mu.Unlock()
	if opening != nil {
		bound, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(opening, func() { cancel(context.Cause(opening)) })()
		ctx = bound
	}
	return d.Dialer.DialContext(ctx, network, addr)
}

// ObserveConnect implements gocql.ConnectObserver.
func (d *dialer) ObserveConnect(o gocql.ObservedConnect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opening != nil && o.Err != nil && len(d.reasons) < maxReasons {
		d.reasons = append(d.reasons, o.Err)
	}
}

// explain says in an operator's words why there is no session.
func (d *dialer) explain(ctx context.Context, opt Options, addresses []string, err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := strings.Join(addresses, ", ")
	reason := errors.Join(append([]error{err}, d.reasons...)...)
	var answer serverAnswer
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("connect to %s: %w", at, context.Cause(ctx))
	case errors.As(reason, &answer) && answer.GetCode() == gocql.ErrCodeCredentials:
		return fmt.Errorf("connect to %s: the cluster refuses user %q or the password: %w", at, opt.Username, answer)
	case errors.As(reason, &record):
		return fmt.Errorf("connect to %s: the cluster does not speak TLS there: %w", at, reason)
	case opt.Username == "" && strings.Contains(reason.Error(), "authentication required"):
		return fmt.Errorf("connect to %s: the cluster wants a user and a password: %w", at, reason)
	}
	return fmt.Errorf("connect to %s: no node answers as CQL; are the addresses right and the nodes up? %w", at, reason)
}

// driverLog gives what the driver says to our log, for those who look for it.
type driverLog struct{ log *slog.Logger }

// Print implements gocql.StdLogger.
func (l driverLog) Print(v ...any) { l.log.Debug("cql driver: " + strings.TrimSpace(fmt.Sprint(v...))) }

// Printf implements gocql.StdLogger.
func (l driverLog) Printf(format string, v ...any) { l.Print(fmt.Sprintf(format, v...)) }

// Println implements gocql.StdLogger.
func (l driverLog) Println(v ...any) { l.Print(fmt.Sprintln(v...)) }
