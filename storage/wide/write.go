package wide

import (
	"fmt"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// Op is what a Write does.
type Op uint8

// The operations.
const (
	OpInsert          Op = iota + 1 // write the columns of Mask and make the row exist
	OpUpdate                        // write the columns of Mask, null where the Row has none
	OpDelete                        // delete one row
	OpDeletePartition               // delete all rows of a partition
)

// Write is one change of one row or partition. Tables make them; engines read the fields.
type Write struct {
	Meta     *Meta
	Op       Op
	Row      Row
	Mask     uint64 // bit i: Meta.Columns[i] is written (Insert, Update)
	Time     int64  // write time in microseconds since 1970; 0: the engine's clock at commit
	Deletion bool   // Final was called
}

// At gives the write an explicit write time, in microseconds since 1970. It is refused in conditional commits, whose
// order is the engine's own.
func (w Write) At(writeTimeMicros int64) Write {
	w.Time = writeTimeMicros
	return w
}

// Final marks a delete as made by a deletion job: it may remove rows of an LWT table without a condition. Only for things
// that nobody writes any more (the server, the account is gone): a conditional write at the same moment could be lost.
func (w Write) Final() Write {
	w.Deletion = true
	return w
}

// CondKind is what a Condition asks.
type CondKind uint8

// The conditions.
const (
	CondAbsent  CondKind = iota + 1 // no such row
	CondPresent                     // the row exists
	CondEqual                       // all columns of Mask have the values of Row
)

// Condition is asked of one row before a commit. For CondEqual a zero in a nullable column asks for null; a mandatory
// column is compared as it is, so a row that is absent never equals it.
type Condition struct {
	Meta *Meta
	Kind CondKind
	Row  Row
	Mask uint64
}

// Commit is what becomes durable together.
type Commit struct {
	If      *Condition
	Writes  []Write
	Events  []core.Event
	Reclaim bool // frees space or must go on when the disk is nearly full (deletions, sign-in, sign-out)
}

// Validate checks a commit against the rules and bounds of the layer; engines call it first. Errors are ErrInvalid.
func (c Commit) Validate() error {
	if len(c.Writes) > MaxCommitWrites || len(c.Events) > MaxCommitEvents {
		return invalid("commit of %d writes and %d events", len(c.Writes), len(c.Events))
	}
	eventBytes := 0
	for i := range c.Events {
		eventBytes += len(c.Events[i].Data)
	}
	if eventBytes > MaxCommitEventBytes {
		return invalid("commit with %d bytes of events", eventBytes)
	}
	if c.If != nil {
		if err := c.validateCondition(); err != nil {
			return err
		}
	}
	return c.validateWrites()
}

func (c Commit) validateCondition() error {
	m := c.If.Meta
	if !m.LWT {
		return invalid("condition on %s, which is not an LWT table", m.Name)
	}
	if c.If.Kind == CondEqual && c.If.Mask == 0 {
		return invalid("condition on %s compares no column", m.Name)
	}
	_, err := checkRow(m, c.If.Row, c.If.Mask, true)
	return err
}

// validateWrites checks each write and counts partitions. The common commit has few writes in one to four partitions, so
// seen is searched, not hashed.
func (c Commit) validateWrites() error {
	var seen partitions
	if c.If != nil {
		seen.add(c.If.Meta, c.If.Row)
	}
	total := 0
	for i := range c.Writes {
		w := &c.Writes[i]
		size, err := c.validateWrite(w)
		if err != nil {
			return err
		}
		total += size
		seen.add(w.Meta, w.Row)
		switch {
		case c.If != nil && len(seen.keys) > 1:
			return invalid("conditional commit on %s also writes to another partition (of %s)", c.If.Meta.Name, w.Meta.Name)
		case len(seen.keys) > MaxCommitPartitions:
			return invalid("commit touches more than %d partitions", MaxCommitPartitions)
		}
	}
	if total > MaxCommitBytes || len(seen.keys) > 1 && total > MaxMultiPartitionBytes {
		return invalid("commit of %d bytes in %d partitions", total, len(seen.keys))
	}
	return nil
}

func (c Commit) validateWrite(w *Write) (size int, err error) {
	m := w.Meta
	isDelete := w.Op == OpDelete || w.Op == OpDeletePartition
	switch {
	case w.Time < 0 || w.Time > MaxWriteTime:
		return 0, invalid("write to %s at time %d", m.Name, w.Time)
	case w.Deletion && !isDelete:
		return 0, invalid("write to %s is final but deletes nothing", m.Name)
	case c.If == nil && m.LWT && !w.Deletion:
		return 0, fmt.Errorf("%w: %s: %w", ErrInvalid, m.Name, ErrUnconditional)
	case c.If != nil && w.Time != 0:
		return 0, invalid("conditional write to %s with an explicit time", m.Name)
	case w.Op == OpUpdate && w.Mask == 0:
		return 0, invalid("update of %s names no column", m.Name)
	}
	return checkRow(m, w.Row, w.Mask, w.Op != OpDeletePartition)
}

// What a row and a cell weigh besides their bytes. A CQL server counts its write times, life times and flags into the size
// of a batch; these are a little above what Cassandra counts, so that what Validate lets pass is not refused there.
const (
	rowWeight  = 40
	cellWeight = 28
	keyWeight  = 10
)

// checkRow checks the key (whole, or the partition alone) and the columns of mask; it gives their encoded size, roughly.
func checkRow(m *Meta, r Row, mask uint64, wholeKey bool) (size int, err error) {
	key := m.Key
	if !wholeKey {
		key = m.Partition
	}
	for _, i := range key {
		n, err := checkValue(&m.Columns[i], r[i])
		if err != nil {
			return 0, err
		}
		size += keyWeight + n
	}
	if size > MaxKeyBytes {
		return 0, invalid("key of %s has %d bytes", m.Name, size)
	}
	if emptyPartition(m, r) {
		return 0, invalid("partition key of %s is empty", m.Name)
	}
	values := 0
	for _, i := range m.Regular {
		if mask&(1<<i) == 0 {
			continue
		}
		n, err := checkValue(&m.Columns[i], r[i])
		if err != nil {
			return 0, err
		}
		values += cellWeight + n
	}
	if values > MaxRowBytes {
		return 0, invalid("row of %s has %d bytes", m.Name, values)
	}
	return rowWeight + size + values, nil
}

// emptyPartition tells whether the partition key is one empty text or blob, which CQL refuses.
func emptyPartition(m *Meta, r Row) bool {
	if len(m.Partition) != 1 {
		return false
	}
	i := m.Partition[0]
	k := m.Columns[i].Kind
	return (k == KindText || k == KindBlob) && r[i].Str == ""
}

func checkValue(c *Column, v Value) (size int, err error) {
	if c.Kind == KindText && !utf8.ValidString(v.Str) {
		return 0, invalid("column %s is not UTF-8", c.Name)
	}
	if c.Kind == KindSet {
		return len(v.Str) * 12 / 8, nil // CQL writes each member's length too
	}
	return len(v.Str), nil
}

// partitions is the set of partitions of one commit.
type partitions struct {
	keys    []string
	scratch []byte
}

func (p *partitions) add(m *Meta, r Row) {
	p.scratch = m.AppendPartition(m.AppendTable(p.scratch[:0]), r)
	for _, k := range p.keys {
		if k == string(p.scratch) {
			return
		}
	}
	p.keys = append(p.keys, string(p.scratch))
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrInvalid, fmt.Errorf(format, args...))
}
