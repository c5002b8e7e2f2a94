package realtime

import (
	"fmt"
	"net/http"
	"time"
)

// HTTPSink writes a stream as the answer to a request, over any version of HTTP. Nothing is sent before the first write,
// so that an error of Serve can still be rendered. Every write is flushed and has its own deadline, which replaces the
// server's WriteTimeout; w must support deadlines (http.ResponseController), or the first write fails.
func HTTPSink(w http.ResponseWriter) Sink {
	return &httpSink{w: w, ctl: http.NewResponseController(w)}
}

type httpSink struct {
	w      http.ResponseWriter
	ctl    *http.ResponseController
	opened bool
}

func (s *httpSink) Write(p []byte, timeout time.Duration) error {
	if err := s.ctl.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return fmt.Errorf("set write deadline: %w", err)
	}
	if !s.opened {
		s.opened = true
		head := s.w.Header()
		head.Set("Content-Type", "text/event-stream; charset=utf-8")
		head.Set("Cache-Control", "no-store")
		head.Set("X-Accel-Buffering", "no") // nginx
		s.w.WriteHeader(http.StatusOK)
	}
	if _, err := s.w.Write(p); err != nil {
		return err
	}
	return s.ctl.Flush()
}
