package plugins_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins"
	"github.com/beep-chat/beep/core/plugins/plugintest"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	server = core.ServerID(1 << 40)
	other  = core.ServerID(2 << 40)
)

var ada = core.Actor{User: 7}

// everything is an authorizer that lets everybody do what there is.
type everything struct{}

// Rights implements core.Authorizer.
func (everything) Rights(context.Context, core.UserID, core.ServerID, core.ChannelID) (core.Permission, error) {
	return core.AllPermissions, nil
}

// Require implements core.Authorizer.
func (everything) Require(context.Context, core.Actor, core.ServerID, core.ChannelID, core.Permission) error {
	return nil
}

// Forget implements core.Authorizer.
func (everything) Forget(core.ServerID, core.UserID) {}

// counter makes ids.
type counter struct{ last atomic.Int64 }

// Next implements core.IDSource.
func (c *counter) Next() (int64, error) { return c.last.Add(1), nil }

// asTyped knows nobody.
type asTyped struct{}

// Stored implements plugins.Texts.
func (asTyped) Stored(_ context.Context, _ core.Actor, _ core.ServerID, _ core.ChannelID, content string) (string, error) {
	return content, nil
}

type noAudit struct{}

// Record implements core.Auditor.
func (noAudit) Record(context.Context, core.AuditEntry) {}

// faulty is a store that can be made to wait, to fail and to meet other writers.
type faulty struct {
	plugins.Store
	before func(ctx context.Context) error // of AppendVerdict and Put; nil: nothing
	lost   bool                            // of every compare-and-set
	lists  atomic.Int64
}

// List implements plugins.Store.
func (f *faulty) List(ctx context.Context, id core.ServerID) ([]core.PluginSettings, error) {
	f.lists.Add(1)
	return f.Store.List(ctx, id)
}

// Put implements plugins.Store.
func (f *faulty) Put(ctx context.Context, s core.PluginSettings, was int64, events ...core.Event) (bool, error) {
	if f.lost {
		return false, nil
	}
	ok, err := f.Store.Put(ctx, s, was, events...)
	if f.before != nil && err == nil {
		err = f.before(ctx) // it was stored, but that is not known
	}
	return ok, err
}

// AppendVerdict implements plugins.Store.
func (f *faulty) AppendVerdict(ctx context.Context, v core.VerdictRecord) error {
	if f.before != nil {
		if err := f.before(ctx); err != nil {
			return err
		}
	}
	return f.Store.AppendVerdict(ctx, v)
}

// rig is a service over the embedded engine.
type rig struct {
	*plugins.Service
	store *faulty
	now   atomic.Int64 // Unix seconds
}

func newRig(t *testing.T, change ...func(*plugins.Options)) *rig {
	t.Helper()
	db, err := embedded.Open(embedded.Options{Dir: "store", FS: vfs.NewMem(), Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{store: &faulty{Store: storage.New(db, time.Now).Plugins}}
	r.now.Store(time.Now().Unix())
	clock := func() time.Time { return time.Unix(r.now.Load(), 0) }
	ids := &counter{}
	ids.last.Store(int64(core.FirstIDAt[any](time.Now())))
	o := plugins.Options{Store: r.store, Catalog: plugintest.New(), Texts: asTyped{}, Access: everything{}, Audit: noAudit{}, Limits: core.Limits{},
		Events: core.EventMaker{IDs: ids, Clock: clock}}
	for _, f := range change {
		f(&o)
	}
	r.Service = plugins.New(o)
	return r
}

func yes() *bool {
	v := true
	return &v
}
