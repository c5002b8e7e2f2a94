package redis

import (
	"context"
	"strconv"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
	"github.com/beep-chat/beep/realtime"
	"github.com/beep-chat/beep/realtime/logtest"
)

// openAt opens the log of cluster "test"; it ends with the test.
func openAt(t testing.TB, db *redisdb.DB, tune ...func(*Options)) *Log {
	t.Helper()
	o := Options{DB: db, Cluster: "test"}
	for _, f := range tune {
		f(&o)
	}
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func appendTo(t testing.TB, l *Log, events ...core.Event) {
	t.Helper()
	if err := l.Append(context.Background(), events); err != nil {
		t.Error(err)
	}
}

func trimTo(t testing.TB, l *Log, oldest uint64) {
	t.Helper()
	c := l.opt.DB.Client
	cmd := c.B().Xtrim().Key(l.key.stream).Minid().Exact().Threshold(strconv.FormatUint(oldest, 10)).Build()
	if err := c.Do(context.Background(), cmd).Error(); err != nil {
		t.Fatal(err)
	}
}

func TestLog(t *testing.T) {
	server := redistest.Start(t)
	logtest.Run(t, func(t *testing.T) logtest.Subject {
		db := server.Open(t)
		if err := db.Client.Do(t.Context(), db.Client.B().Flushall().Build()).Error(); err != nil {
			t.Fatal(err)
		}
		l := openAt(t, db)
		return logtest.Subject{
			Log:    l,
			Append: func(t *testing.T, events ...core.Event) { appendTo(t, l, events...) },
			Trim:   func(t *testing.T, oldest uint64) { trimTo(t, l, oldest) },
			Reopen: func(t *testing.T) realtime.Log { return openAt(t, db) },
		}
	})
}
