package realtime_test

import (
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/realtime"
	"github.com/beep-chat/beep/realtime/logtest"
)

func TestMemoryLog(t *testing.T) {
	logtest.Run(t, func(*testing.T) logtest.Subject {
		source := realtime.NewFakeSource("e1")
		return logtest.Subject{
			Log:    realtime.NewMemoryLog(source),
			Append: func(_ *testing.T, events ...core.Event) { source.Append(events...) },
			Trim:   func(_ *testing.T, oldest uint64) { source.Trim(oldest) },
			Reopen: func(*testing.T) realtime.Log { return realtime.NewMemoryLog(source) },
		}
	})
}
