package faults

import (
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// entry is a message as its sender knows it.
type entry struct {
	nonce   string
	channel core.ChannelID
	id      core.MessageID // 0: not acknowledged
	begun   time.Time
	version int64           // the highest that was acknowledged
	content string          // of that version
	unsure  map[string]bool // contents of edits of which an attempt has no known outcome
	ending  bool            // a deletion was begun
	ended   bool            // one was acknowledged
}

// book is what people were told. What one message's entry holds is guarded by the book.
type book struct {
	mu      sync.Mutex
	entries map[string]*entry // by nonce
	byID    map[core.MessageID]*entry
}

func newBook() *book {
	return &book{entries: make(map[string]*entry), byID: make(map[core.MessageID]*entry)}
}

func (b *book) open(nonce, content string, channel core.ChannelID) *entry {
	e := &entry{nonce: nonce, channel: channel, begun: time.Now(), content: content, unsure: make(map[string]bool)}
	b.do(func() { b.entries[nonce] = e })
	return e
}

func (b *book) do(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// acknowledged notes that a message exists; it says false when the id is another's.
func (b *book) acknowledged(e *entry, m core.Message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if other := b.byID[m.ID]; other != nil {
		return false
	}
	b.byID[m.ID] = e
	e.id, e.version = m.ID, m.Version
	return true
}

// edited notes an acknowledged edit; it says false when another edit was given the same version.
func (b *book) edited(e *entry, m core.Message, content string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m.Version == e.version && content != e.content {
		return false
	}
	if m.Version > e.version {
		e.version, e.content = m.Version, content
	}
	return true
}

func (b *book) count() (n int) {
	b.do(func() { n = len(b.byID) })
	return n
}
