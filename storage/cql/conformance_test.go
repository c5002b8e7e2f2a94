package cql_test

import (
	"context"
	"testing"

	"github.com/beep-chat/beep/storage/cql/cqltest"
	"github.com/beep-chat/beep/storage/storetest"
	"github.com/beep-chat/beep/storage/wide"
)

// eventless drops the events of commits before the engine sees them: it keeps no event log and refuses them, the outbox
// around it keeps them. The suite's commits are about the rows.
type eventless struct{ wide.Engine }

func (e eventless) Commit(ctx context.Context, c wide.Commit) (bool, error) {
	if err := c.Validate(); err != nil { // what is wrong with the events is still refused
		return false, err
	}
	c.Events = nil
	return e.Engine.Commit(ctx, c)
}

func TestConformance(t *testing.T) {
	engine := eventless{cqltest.Open(t, storetest.Schema())}
	storetest.Run(t, func(*testing.T) wide.Engine { return engine })
}
