// Package jsonlog writes a program's logs as JSON, one object a line, in four kinds whose field names are a contract with
// whoever collects them (testdata/logschema holds a JSON Schema of each):
//
//	application  level timestamp service container_id message
//	access       timestamp service container_id request_method request_url response_status response_time
//	audit        timestamp service container_id action user details
//	error        level timestamp service container_id message stack_trace context
//
// Application and error lines are written through log/slog: a record of level ERROR becomes the error kind by itself, with
// the stack of the call and its attributes under context. Levels are DEBUG, INFO, WARNING and ERROR; timestamps RFC 3339
// in UTC with milliseconds; response_time is in milliseconds.
//
// It owns the forms and the road to the output. It refuses to keep personal data: users and addresses are taken as values
// of package pii only, and the URLs of access lines lose the values of their query and every path parameter that is not a
// number.
//
// Everything is safe for concurrent use. Lines go through one bounded queue to one writing goroutine. When the output
// does not keep up and the queue is full, access lines and DEBUG and INFO lines are dropped and counted (a WARNING line
// tells of it afterwards); WARNING, ERROR and audit lines wait for room. Close writes what is queued.
//
//	log := jsonlog.New(jsonlog.Options{Service: "app", Output: os.Stdout})
//	defer log.Close(ctx)
//	log.Logger().Info("listening", "address", addr)
//	log.Access().Log(jsonlog.AccessEntry{Method: "GET", Route: "/things/:id", Path: "/things/7", Status: 200})
package jsonlog
