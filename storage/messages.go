package storage

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/storage/wide"
)

// Messages keeps messages by channel and time bucket, the index of buckets that hold any, and nonces.
type Messages struct {
	db    wide.Engine
	clock core.Clock
	known knownBuckets
	pages *sharedReads[core.MessageQuery, []core.StoredMessage]
}

func newMessages(db wide.Engine, clock core.Clock) *Messages {
	return &Messages{db: db, clock: clock, known: knownBuckets{set: make(map[bucketKey]struct{})},
		pages: newSharedReads[core.MessageQuery, []core.StoredMessage]()}
}

// maxStoredHTML keeps a message's commit below what a batch over several partitions may weigh; a longer rendering is made
// anew when it is read.
const maxStoredHTML = 24_000

// Put implements messages.Store. The write time derives from the id, so that repeating the call neither doubles the
// message nor undoes a later edit or deletion.
func (s *Messages) Put(ctx context.Context, m core.StoredMessage, events ...core.Event) error {
	row := messageToRow(m)
	at := insertTime(m.ID)
	writes := make([]wide.Write, 1, 3)
	writes[0] = messageTable.Insert(row).At(at)
	key := bucketKey{m.Channel, row.Bucket}
	if !s.known.has(key) {
		writes = append(writes, messageBuckets.Insert(messageBucketRow{Channel: m.Channel, Bucket: row.Bucket, Since: int64(m.ID)}))
	}
	if m.Nonce != "" {
		writes = append(writes, nonces.Insert(nonceRow{Window: s.window(), Channel: m.Channel, Author: m.Author, Nonce: m.Nonce, Message: m.ID}).At(at))
	}
	if err := put(ctx, s.db, "store message", wide.Commit{Writes: writes, Events: events}); err != nil {
		return err
	}
	s.known.add(key)
	return nil
}

// insertTime is the write time of a message's row, in microseconds.
func insertTime(id core.MessageID) int64 { return id.Time().UnixMicro() }

// lastVersion is above all versions that edits reach within the time in which clocks of nodes may differ.
const lastVersion = 1_000_000

// Replace implements messages.Store. The write time derives from the version: of two edits at the same moment, on
// whichever nodes, the store keeps the one with the higher version, as everyone who hears of both does.
func (s *Messages) Replace(ctx context.Context, m core.StoredMessage, events ...core.Event) error {
	at := insertTime(m.ID) + m.Version
	w := messageTable.Update(messageToRow(m), messageEditColumns).At(at)
	return put(ctx, s.db, "store edited message", wide.Commit{Writes: []wide.Write{w}, Events: events})
}

// Delete implements messages.Store. A later edit cannot bring the row back: it lacks the author. The bucket remembers the
// id, so that the newest id a channel ever held stays known; its write time grows with the id, so the highest stays. So does
// the nonce, while it counts: its message is gone, and not yet to come.
func (s *Messages) Delete(ctx context.Context, m core.StoredMessage, events ...core.Event) error {
	bucket := core.MessageBucket(m.ID)
	at := max(s.clock().UnixMicro(), insertTime(m.ID)+lastVersion)
	writes := []wide.Write{
		messageTable.Delete(messageRow{Channel: m.Channel, Bucket: bucket, ID: m.ID}).At(at),
		messageBuckets.Update(messageBucketRow{Channel: m.Channel, Bucket: bucket, LastDeleted: m.ID}, bucketLastDeleted).At(insertTime(m.ID)),
	}
	for _, window := range s.windowsOf(m) {
		mark := nonceRow{Window: window, Channel: m.Channel, Author: m.Author, Nonce: m.Nonce, Deleted: m.ID}
		writes = append(writes, nonces.Update(mark, nonceDeleted).At(insertTime(m.ID)+lastVersion))
	}
	return put(ctx, s.db, "delete message", wide.Commit{Events: events, Reclaim: true, Writes: writes})
}

// windowsOf are the windows in which the nonce of a message may lie and still be found.
func (s *Messages) windowsOf(m core.StoredMessage) []int64 {
	if m.Nonce == "" {
		return nil
	}
	begun := m.ID.Time()
	windows := slices.Compact([]int64{windowAt(begun), windowAt(begun.Add(core.NonceLife))}) // claims are kept for so long
	oldest := slices.Min(s.nonceWindows())
	return slices.DeleteFunc(windows, func(w int64) bool { return w < oldest })
}

// Get implements messages.Store.
func (s *Messages) Get(ctx context.Context, channel core.ChannelID, id core.MessageID) (core.StoredMessage, error) {
	r, err := messageTable.Get(ctx, s.db, messageRow{Channel: channel, Bucket: core.MessageBucket(id), ID: id})
	return messageFromRow(r), translate("get message", err)
}

// ByNonce implements messages.Store. A hit is followed by a barrier: it must not be acknowledged before it is durable.
func (s *Messages) ByNonce(ctx context.Context, key messages.NonceKey) (id core.MessageID, deleted bool, err error) {
	for _, window := range s.nonceWindows() {
		r, err := nonces.Get(ctx, s.db, nonceRow{Window: window, Channel: key.Channel, Author: key.Author, Nonce: key.Nonce})
		if err == nil {
			return r.Message, r.Deleted == r.Message, put(ctx, s.db, "wait for a message to be durable", wide.Commit{Reclaim: true})
		}
		if err := translate("look up nonce", err); core.CodeOf(err) != core.CodeNotFound {
			return 0, false, err
		}
	}
	return 0, false, nil
}

func windowAt(t time.Time) int64 { return t.Unix() / int64(nonceWindow/time.Second) }

// window is the one of the moment.
func (s *Messages) window() int64 { return windowAt(s.clock()) }

// nonceWindows are those a nonce that still counts may lie in: the current one, and the one before while it is not yet
// NonceLife ago.
func (s *Messages) nonceWindows() []int64 {
	now := s.window()
	if before := windowAt(s.clock().Add(-core.NonceLife)); before != now {
		return []int64{now, before}
	}
	return []int64{now}
}

// List implements messages.Store. Readers of the same page at the same time share one read of the engine, begun after each
// of them had asked. The page is the caller's own; the lists inside of its messages are not.
func (s *Messages) List(ctx context.Context, q core.MessageQuery) ([]core.StoredMessage, error) {
	page, shared, err := s.pages.do(ctx, q, func(ctx context.Context) ([]core.StoredMessage, error) { return s.list(ctx, q) })
	if shared {
		page = slices.Clone(page)
	}
	return page, err
}

func (s *Messages) list(ctx context.Context, q core.MessageQuery) ([]core.StoredMessage, error) {
	switch {
	case q.After != 0:
		page, err := s.newer(ctx, q.Channel, q.After, q.Limit)
		slices.Reverse(page)
		return page, err
	case q.Around != 0:
		newer, err := s.newer(ctx, q.Channel, q.Around-1, q.Limit/2+1)
		if err != nil {
			return nil, err
		}
		slices.Reverse(newer)
		older, err := s.older(ctx, q.Channel, q.Around, q.Limit-len(newer))
		return append(newer, older...), err
	default:
		return s.older(ctx, q.Channel, q.Before, q.Limit)
	}
}

// older gives messages before an id (0: from the newest), newest first.
func (s *Messages) older(ctx context.Context, channel core.ChannelID, before core.MessageID, limit int) ([]core.StoredMessage, error) {
	if limit <= 0 {
		return nil, nil
	}
	var from *messageRow
	if before != 0 {
		from = &messageRow{ID: before}
	}
	return s.walk(ctx, channel, before, false, limit, wide.Query[messageRow]{From: from, FromExclusive: true})
}

// newer gives messages after an id, oldest first.
func (s *Messages) newer(ctx context.Context, channel core.ChannelID, after core.MessageID, limit int) ([]core.StoredMessage, error) {
	return s.walk(ctx, channel, after, true, limit, wide.Query[messageRow]{To: &messageRow{ID: after}, ToExclusive: true, Reverse: true})
}

// bucketBatch is how many buckets of the index are read at a time.
const bucketBatch = 32

// walk reads bucket after bucket from the one of start (0: the newest) until the page is full.
func (s *Messages) walk(ctx context.Context, channel core.ChannelID, start core.MessageID, up bool, limit int, q wide.Query[messageRow]) ([]core.StoredMessage, error) {
	page := make([]core.StoredMessage, 0, limit)
	index := bucketWalk{db: s.db, channel: channel, up: up}
	if start != 0 {
		b := core.MessageBucket(start)
		index.from, index.inclusive = &b, true
	}
	for len(page) < limit {
		buckets, err := index.next(ctx)
		if err != nil || len(buckets) == 0 {
			return page, err
		}
		for _, b := range buckets {
			q.Partition = messageRow{Channel: channel, Bucket: b}
			q.Limit = limit - len(page)
			rows, err := messageTable.Range(ctx, s.db, q)
			if err != nil {
				return nil, translate("list messages", err)
			}
			for _, r := range rows {
				page = append(page, messageFromRow(r))
			}
			if len(page) == limit {
				return page, nil
			}
		}
	}
	return page, nil
}

// bucketWalk reads the index of a channel's buckets, newest first or, up, oldest first.
type bucketWalk struct {
	db        wide.Engine
	channel   core.ChannelID
	up        bool
	from      *int64
	inclusive bool
	done      bool
}

func (w *bucketWalk) next(ctx context.Context) ([]int64, error) {
	if w.done {
		return nil, nil
	}
	q := wide.Query[messageBucketRow]{Partition: messageBucketRow{Channel: w.channel}, Reverse: w.up, Limit: bucketBatch}
	if w.from != nil {
		bound := &messageBucketRow{Bucket: *w.from}
		if w.up {
			q.To, q.ToExclusive = bound, !w.inclusive
		} else {
			q.From, q.FromExclusive = bound, !w.inclusive
		}
	}
	rows, err := messageBuckets.Range(ctx, w.db, q)
	if err != nil {
		return nil, translate("list message buckets", err)
	}
	list := make([]int64, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.Bucket)
	}
	if w.done = len(rows) < bucketBatch; !w.done {
		w.from, w.inclusive = &list[len(list)-1], false
	}
	return list, nil
}

// LastID implements messages.Store: the newest message there is, or the newest that was deleted, whichever is higher.
func (s *Messages) LastID(ctx context.Context, channel core.ChannelID) (core.MessageID, error) {
	const op = "find newest message"
	rows, err := messageBuckets.Range(ctx, s.db, wide.Query[messageBucketRow]{Partition: messageBucketRow{Channel: channel}, Limit: 1})
	if err != nil || len(rows) == 0 {
		return 0, translate(op, err)
	}
	newest, err := messageTable.Range(ctx, s.db, wide.Query[messageRow]{Partition: messageRow{Channel: channel, Bucket: rows[0].Bucket}, Limit: 1})
	if err != nil {
		return 0, translate(op, err)
	}
	last := rows[0].LastDeleted
	if len(newest) > 0 {
		last = max(last, newest[0].ID)
	}
	return last, nil
}

// DropChannel removes all messages of a channel, partition by partition, and the look-up last.
func (s *Messages) DropChannel(ctx context.Context, channel core.ChannelID) error {
	const op = "drop channel"
	index := bucketWalk{db: s.db, channel: channel}
	for {
		buckets, err := index.next(ctx)
		if err != nil {
			return err
		}
		if len(buckets) == 0 {
			break
		}
		for _, b := range buckets {
			w := messageTable.DeletePartition(messageRow{Channel: channel, Bucket: b})
			if err := put(ctx, s.db, op, wide.Commit{Writes: []wide.Write{w}, Reclaim: true}); err != nil {
				return err
			}
		}
	}
	s.known.forget(channel)
	return put(ctx, s.db, op, wide.Commit{Reclaim: true, Writes: []wide.Write{
		messageBuckets.DeletePartition(messageBucketRow{Channel: channel}),
		channelLookup.Delete(channelLookupRow{Channel: channel}),
	}})
}

func messageToRow(m core.StoredMessage) messageRow {
	r := messageRow{Channel: m.Channel, Bucket: core.MessageBucket(m.ID), ID: m.ID, Author: m.Author, Type: string(m.Type), Content: m.Content,
		HTML: m.HTML, RenderVersion: m.RenderVersion, Users: m.Mentions.Users, Roles: m.Mentions.Roles, Channels: m.Mentions.Channels,
		Everyone: m.Mentions.Everyone, ReplyTo: m.ReplyTo, ReplyAuthor: m.ReplyAuthor, ReplyExcerpt: m.ReplyExcerpt,
		Pinned: m.Pinned, Flags: m.Flags, EditedAt: m.EditedAt, Version: m.Version, Nonce: m.Nonce,
		Called: m.Called.Users, CalledAll: m.Called.Everyone}
	if len(r.HTML) > maxStoredHTML {
		r.HTML, r.RenderVersion = "", 0
	}
	return r
}

func messageFromRow(r messageRow) core.StoredMessage {
	return core.StoredMessage{ID: r.ID, Channel: r.Channel, Author: r.Author, Type: core.MessageType(r.Type), Content: r.Content,
		HTML: r.HTML, RenderVersion: r.RenderVersion,
		Mentions: core.Mentions{Users: r.Users, Roles: r.Roles, Channels: r.Channels, Everyone: r.Everyone},
		Called:   core.Called{Users: r.Called, Everyone: r.CalledAll},
		ReplyTo:  r.ReplyTo, ReplyAuthor: r.ReplyAuthor, ReplyExcerpt: r.ReplyExcerpt,
		Pinned: r.Pinned, Flags: r.Flags, EditedAt: r.EditedAt, Version: r.Version, Nonce: r.Nonce}
}

type bucketKey struct {
	channel core.ChannelID
	bucket  int64
}

// knownBuckets remembers which buckets this process has entered in the index; when it is full it starts over, which costs
// a repeated, harmless write.
type knownBuckets struct {
	mu  sync.RWMutex
	set map[bucketKey]struct{}
}

const maxKnownBuckets = 100_000

func (k *knownBuckets) has(key bucketKey) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	_, ok := k.set[key]
	return ok
}

func (k *knownBuckets) add(key bucketKey) {
	if k.has(key) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.set) >= maxKnownBuckets {
		clear(k.set)
	}
	k.set[key] = struct{}{}
}

func (k *knownBuckets) forget(channel core.ChannelID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key := range k.set {
		if key.channel == channel {
			delete(k.set, key)
		}
	}
}
