package jsonlog

import (
	"fmt"
	"strconv"
)

// appendNotice tells of lines that were dropped, where they would have stood.
func (l *Log) appendNotice(b []byte, dropped uint64) []byte {
	b = l.appendWarning(b, "log lines dropped: the output does not keep up")
	b = append(b, `,"dropped":`...)
	b = strconv.AppendUint(b, dropped, 10)
	return append(b, '}', '\n')
}

// appendTooLong stands for a line above MaxLineBytes.
func (l *Log) appendTooLong(b []byte, length int) []byte {
	b = l.appendWarning(b, "log line left out: too long")
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, int64(length), 10)
	return append(b, '}', '\n')
}

func (l *Log) appendWarning(b []byte, message string) []byte {
	b = append(b, `{"timestamp":"`...)
	b = appendTime(b, l.now())
	b = append(b, l.identity...)
	b = append(b, `,"level":"WARNING","message":`...)
	return appendString(b, message, maxFieldBytes)
}

func textNotice(b []byte, dropped uint64) []byte {
	return fmt.Appendf(b, "level=WARNING msg=\"log lines dropped: the output does not keep up\" dropped=%d\n", dropped)
}
