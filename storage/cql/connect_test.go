package cql

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gocql/gocql"
)

// The few opcodes of the native protocol that a refusal takes.
const (
	opError        = 0x00
	opStartup      = 0x01
	opAuthenticate = 0x03
	opOptions      = 0x05
	opSupported    = 0x06
)

// refuser listens as a server that wants a password and likes none.
func refuser(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { refuse(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); group.Wait() })
	return l.Addr().String()
}

func refuse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	header := make([]byte, 9)
	text := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	for {
		if _, err := io.ReadFull(conn, header); err != nil {
			return
		}
		if header[0] != 4 { // a TLS greeting, say; the servers answer it in their own protocol
			_, _ = conn.Write([]byte{0x84, 0, 0, 0, opError, 0, 0, 0, 6, 0, 0, 0, 0x0A, 0, 0})
			return
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(header[5:]))); err != nil {
			return
		}
		var op byte
		var body []byte
		switch header[4] {
		case opOptions:
			op, body = opSupported, []byte{0, 0}
		case opStartup:
			op, body = opAuthenticate, text(nil, "org.apache.cassandra.auth.PasswordAuthenticator")
		default:
			op, body = opError, text(binary.BigEndian.AppendUint32(nil, gocql.ErrCodeCredentials), "Provided username beep and/or password are incorrect")
		}
		answer := append([]byte{0x84, 0, header[2], header[3], op}, binary.BigEndian.AppendUint32(nil, uint32(len(body)))...)
		if _, err := conn.Write(append(answer, body...)); err != nil {
			return
		}
	}
}

func TestConnectErrors(t *testing.T) {
	opt := Options{Hosts: []string{refuser(t)}, Keyspace: "beep"}
	cases := []struct {
		name, want string
		edit       func(*Options)
	}{
		{"wrong password", `refuses user "beep" or the password`, func(o *Options) { o.Username, o.Password = "beep", "wrong" }},
		{"no password", "wants a user and a password", func(*Options) {}},
		{"no TLS there", "does not speak TLS", func(o *Options) { o.TLS = &tls.Config{MinVersion: tls.VersionTLS12} }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := opt
			c.edit(&o)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := Open(ctx, o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "wrong") && strings.Contains(err.Error(), o.Password) && o.Password != "" {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}
