package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/beep-chat/beep/httpapi"
	"github.com/beep-chat/beep/internal/jsonlog"
	"github.com/beep-chat/beep/internal/pii"
)

// TestMetricsAreBoundedByTheRoutes: a client may invent methods without end; the series must not follow.
func TestMetricsAreBoundedByTheRoutes(t *testing.T) {
	log := jsonlog.New(jsonlog.Options{Service: "test", Output: &output{}})
	defer log.Close(t.Context())
	m := newMetrics(versionInfo{})
	report := accessTo(log.Access(), m, pii.NewKey(make([]byte, 32), time.Now))
	for i := range 200 {
		report(httpapi.Access{Method: "M" + string(rune('A'+i%26)) + string(rune('A'+i/26)), Path: "/x", Status: 404, Address: netip.IPv6Loopback().String()})
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := 0
	for _, f := range families {
		if f.GetName() == "beep_http_request_duration_seconds" {
			series = len(f.GetMetric())
		}
	}
	if series != 1 {
		t.Fatalf("%d series after 200 methods, want 1", series)
	}
}
