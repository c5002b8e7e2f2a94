// Package client is the Go client of Beep: the generated REST client, Stream, which follows the live stream through breaks,
// and State, which turns a snapshot and events into what is true now.
//
// It owns the reading of Server-Sent Events, resuming, waiting and the law "snapshot + events = fresh snapshot". It refuses
// to keep anything on disk, to draw anything, and to guess: where it cannot be exact it names the servers to fetch again.
// ClientWithResponses is safe for concurrent use; a State belongs to one goroutine; Stream calls back from the goroutine
// that runs it.
//
//	rest, err := client.NewClientWithResponses("https://beep.example/api/v1", client.WithRequestEditorFn(client.Bearer(token)))
//	answer, err := rest.SyncWithResponse(ctx)
//	state := client.NewState(*answer.JSON200)
//	err = client.Stream(ctx, client.StreamOptions{URL: "https://beep.example/api/v1/events", Edit: client.Bearer(token),
//		Cursor: answer.JSON200.Cursor,
//		Event:  func(id string, e client.Event) { state.Apply(e) },
//		Resync: func(ctx context.Context, _ core.Resync) (string, error) { ... fetch, state = NewState(...), its cursor }})
package client
