package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxBlock bounds one block of a stream; an event is far smaller, since a body is at most 64 KiB.
const maxBlock = 4 << 20

// ErrBlockTooLarge is returned for a block beyond any event of Beep.
var ErrBlockTooLarge = errors.New("event larger than 4 MiB")

// Block is one block of a stream, dispatched or not. ID is only meaningful with HasID; Retry is 0 where it was not sent.
type Block struct {
	ID    string
	HasID bool
	Event string // "message" where the block named none
	Data  string // lines joined by \n; a block without data is no event
	Retry time.Duration
}

// BlockReader splits a stream into blocks, as the WHATWG HTML standard, 9.2.6, reads event streams: lines end in CR, LF or
// CRLF, a byte order mark at the start is skipped, comments and unknown fields are ignored. Unlike browsers it hands out
// blocks without data too, since they may carry an id or a retry; a block that the end of the stream cuts off is dropped.
type BlockReader struct {
	r       *bufio.Reader
	afterCR bool // the next LF belongs to the line before
	begun   bool
}

// NewBlockReader reads blocks from r.
func NewBlockReader(r io.Reader) *BlockReader { return &BlockReader{r: bufio.NewReader(r)} }

// Next gives the next block; io.EOF at the end.
func (b *BlockReader) Next() (Block, error) {
	block := Block{Event: "message"}
	var data []string
	seen, size := false, 0
	for {
		line, err := b.line(maxBlock - size)
		if err != nil {
			return Block{}, err
		}
		size += len(line) + 1
		if len(line) == 0 {
			if !seen {
				continue
			}
			block.Data = strings.Join(data, "\n")
			return block, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "data":
			seen, data = true, append(data, string(value))
		case "event":
			seen, block.Event = true, string(value)
			if len(value) == 0 {
				block.Event = "message"
			}
		case "id":
			if !bytes.ContainsRune(value, 0) {
				seen, block.ID, block.HasID = true, string(value), true
			}
		case "retry":
			if ms, ok := retry(value); ok {
				seen, block.Retry = true, ms
			}
		}
	}
}

// retry reads milliseconds: digits only, at most a day.
func retry(value []byte) (time.Duration, bool) {
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	ms, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || ms > (24*time.Hour).Milliseconds() {
		return 0, false
	}
	return time.Duration(ms) * time.Millisecond, true
}

// line reads up to a line end. It never waits for the byte after a CR, which would hold back the event.
func (b *BlockReader) line(limit int) ([]byte, error) {
	var line []byte
	for {
		c, err := b.r.ReadByte()
		if err != nil {
			return nil, err
		}
		if b.afterCR && c == '\n' {
			b.afterCR = false
			continue
		}
		b.afterCR = false
		switch c {
		case '\r':
			b.afterCR = true
			return b.first(line), nil
		case '\n':
			return b.first(line), nil
		}
		if len(line) >= limit {
			return nil, ErrBlockTooLarge
		}
		line = append(line, c)
	}
}

// first takes the byte order mark from the stream's first line.
func (b *BlockReader) first(line []byte) []byte {
	if b.begun {
		return line
	}
	b.begun = true
	return bytes.TrimPrefix(line, []byte("\uFEFF"))
}
