package pluginhost

import (
	"runtime"
	"time"
)

// slots bound how many guests run at once: all together fewer than the cores, so that the rest of the node always has one, and of
// one plugin at most half of that, so that a plugin that uses all its time cannot hold up the others.
type slots struct {
	all chan struct{}
	own chan struct{}
}

// allSlots is how many guests may run at once in a process.
func allSlots() int { return max(2, runtime.GOMAXPROCS(0)-1) }

func newSlots(all chan struct{}) *slots {
	return &slots{all: all, own: make(chan struct{}, max(1, cap(all)/2))}
}

// take waits for a slot until the deadline.
func (s *slots) take(deadline time.Time) bool {
	if !enter(s.own, deadline) {
		return false
	}
	if !enter(s.all, deadline) {
		<-s.own
		return false
	}
	return true
}

func (s *slots) give() {
	<-s.all
	<-s.own
}

func enter(c chan struct{}, deadline time.Time) bool {
	select {
	case c <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case c <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}
