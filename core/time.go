package core

import (
	"encoding/json"
	"time"
)

// Time is a moment in the wire form: RFC 3339, UTC, milliseconds. The zero moment is null.
type Time struct{ time.Time }

// MarshalJSON writes the wire form.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(TimeFormat)+2)
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, TimeFormat)
	return append(b, '"'), nil
}

// UnmarshalJSON reads RFC 3339 with any fraction, and null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	var v time.Time
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	t.Time = v.UTC()
	return nil
}
