package redisdb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "secret")
	for name, c := range map[string]struct {
		options redisdb.Options
		want    string
	}{
		"nobody there":      {redisdb.Options{Addrs: []string{"127.0.0.1:1"}}, "is it running"},
		"no password":       {redisdb.Options{Addrs: []string{server.Addr()}}, "redis.password"},
		"wrong password":    {redisdb.Options{Addrs: []string{server.Addr()}, Password: "x"}, "redis.password"},
		"no such database":  {redisdb.Options{Addrs: []string{server.Addr()}, Password: "secret", Database: 99}, "redis.database"},
		"sentinels are not": {redisdb.Options{Addrs: []string{server.Addr()}, Password: "secret", Master: "m"}, "master set m"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := redisdb.Open(c.options)
			if err == nil {
				db.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.options.Addrs[0]) {
				t.Fatalf("%v does not say %q", err, c.want)
			}
		})
	}
}

func TestNow(t *testing.T) {
	db := redistest.Start(t).Open(t)
	now, err := db.Now(t.Context())
	if d := time.Since(now); err != nil || d < -time.Second || d > time.Second {
		t.Fatalf("redis says %v: %v", now, err)
	}
}

func TestKeysShareOneSlot(t *testing.T) {
	db := redistest.Start(t).Open(t)
	if got := db.Key("log", "meta"); got != "{beep}:log:meta" {
		t.Fatal(got)
	}
}
