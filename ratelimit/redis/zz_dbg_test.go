package redis

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

func TestZZ(t *testing.T) {
	for i := range 60 {
		log := fmt.Sprintf("/tmp/redislimit/dbg/%d.log", i)
		os.Remove(log)
		s := redistest.Start(t, "--loglevel", "debug", "--logfile", log)
		db := s.Open(t)
		s.Kill()
		do := func() error {
			ctx, c := context.WithTimeout(context.Background(), 10*time.Second)
			defer c()
			return db.Client.Do(ctx, db.Client.B().Ping().Build()).Error()
		}
		e0 := do()
		s.Run(t)
		var errs []error
		for range 10 {
			errs = append(errs, do())
		}
		list, _ := db.Client.Do(context.Background(), db.Client.B().Arbitrary("CLIENT", "LIST").Build()).ToString()
		fmt.Println(i, e0, errs, "\n", list)
		s.Kill()
	}
}
