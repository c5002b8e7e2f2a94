package beep

import (
	"fmt"
	"time"

	"github.com/beep-chat/beep/pluginsdk/internal/port"
)

// MaxLogLine bounds a line of the log, in bytes; what is longer is cut. A node keeps 20 lines of a call and 300 of a minute.
const MaxLogLine = 1 << 10

// Context is the call that a hook answers. It is worth nothing once the hook has returned.
type Context struct {
	host   port.Host
	server string
	config string // the name of the server's configuration, "" where there is none
}

// Level says how much a line of the log matters.
type Level int32

// The levels.
const (
	LevelDebug   Level = 0
	LevelInfo    Level = 1
	LevelWarning Level = 2
	LevelError   Level = 3
)

// Log writes a line to the plugin's log, which operators read. Do not log what people write.
func (c *Context) Log(level Level, line string) {
	c.host.Log(int32(level), cutBytes(line, MaxLogLine))
}

// Logf is Log with a format of package fmt (which it links into the plugin).
func (c *Context) Logf(level Level, format string, args ...any) {
	c.Log(level, fmt.Sprintf(format, args...))
}

// Left is how much time this call has. Long work may end early with less than a perfect answer; a call that runs out of time
// is a fault.
func (c *Context) Left() time.Duration {
	return time.Duration(c.host.LeftMS()) * time.Millisecond
}

// RawConfig gives the server's configuration as JSON, in a slice of its own. Use Config where it is wanted decoded. The errors
// are of type Errno.
func (c *Context) RawConfig() ([]byte, error) {
	return c.readConfig(nil)
}

// readConfig appends the configuration to buf.
func (c *Context) readConfig(buf []byte) ([]byte, error) {
	answer, errno := c.host.Call(port.OpConfigGet, nil, buf)
	if errno < 0 {
		return buf, Errno(errno)
	}
	return answer, nil
}
