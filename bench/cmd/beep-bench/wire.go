package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// conn speaks HTTP/1.1 on one kept connection with as little processor time as it can, since the load generator shares the
// machine with what it measures. It belongs to one goroutine.
type conn struct {
	net.Conn
	r    *bufio.Reader
	host string
	out  []byte
	body []byte
}

// requestLimit is the longest a request may take before the measurement fails.
const requestLimit = 30 * time.Second

func dial(addr string) (*conn, error) {
	c, err := net.DialTimeout("tcp", addr, requestLimit)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, r: bufio.NewReaderSize(c, 16<<10), host: addr}, nil
}

// do sends a request and gives the answer's status and body, which is good until the next call.
func (c *conn) do(method, path, token string, body []byte) (int, []byte, error) {
	if err := c.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		return 0, nil, err
	}
	if err := c.send(method, path, token, "", body); err != nil {
		return 0, nil, err
	}
	status, length, err := c.head()
	if err != nil {
		return 0, nil, err
	}
	c.body = c.body[:0]
	if length >= 0 {
		c.body, err = c.take(length)
		return status, c.body, err
	}
	for {
		n, err := c.chunk()
		if err != nil || n == 0 {
			return status, c.body, err
		}
	}
}

func (c *conn) send(method, path, token, accept string, body []byte) error {
	o := c.out[:0]
	o = append(o, method...)
	o = append(o, ' ')
	o = append(o, path...)
	o = append(o, " HTTP/1.1\r\nHost: "...)
	o = append(o, c.host...)
	if token != "" {
		o = append(o, "\r\nAuthorization: Bearer "...)
		o = append(o, token...)
	}
	if accept != "" {
		o = append(o, "\r\nAccept: "...)
		o = append(o, accept...)
	}
	if body != nil {
		o = append(o, "\r\nContent-Type: application/json\r\nContent-Length: "...)
		o = strconv.AppendInt(o, int64(len(body)), 10)
	}
	o = append(o, "\r\n\r\n"...)
	o = append(o, body...)
	c.out = o
	_, err := c.Write(c.out)
	return err
}

var (
	contentLength = []byte("content-length:")
	chunked       = []byte("transfer-encoding:")
)

// head reads the status line and the headers; the length is -1 for a body in chunks.
func (c *conn) head() (status, length int, err error) {
	l, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(l) < 12 {
		return 0, 0, fmt.Errorf("status line %q", l)
	}
	if status, err = strconv.Atoi(string(l[9:12])); err != nil {
		return 0, 0, err
	}
	for {
		l, err := c.r.ReadSlice('\n')
		switch {
		case err != nil:
			return 0, 0, err
		case len(l) <= 2:
			return status, length, nil
		case hasPrefixFold(l, contentLength):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(l[len(contentLength):]))); err != nil {
				return 0, 0, err
			}
		case hasPrefixFold(l, chunked):
			length = -1
		}
	}
}

func hasPrefixFold(l, prefix []byte) bool {
	return len(l) >= len(prefix) && bytes.EqualFold(l[:len(prefix)], prefix)
}

// take appends n bytes of the body.
func (c *conn) take(n int) ([]byte, error) {
	at := len(c.body)
	for cap(c.body) < at+n {
		c.body = append(c.body[:cap(c.body)], 0)
	}
	c.body = c.body[:at+n]
	_, err := io.ReadFull(c.r, c.body[at:])
	return c.body, err
}

func (c *conn) chunk() (int, error) {
	l, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(l)), 16, 32)
	if err != nil {
		return 0, err
	}
	if c.body, err = c.take(int(n)); err != nil {
		return 0, err
	}
	end, err := c.r.ReadSlice('\n')
	if err == nil && len(end) != 2 {
		err = errors.New("chunk without an end")
	}
	return int(n), err
}
