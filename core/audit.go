package core

import "context"

// AuditEntry records that somebody did something that matters later. Details hold ids and names of settings, never
// content, mail addresses or secrets.
type AuditEntry struct {
	Action  string // UPPER_SNAKE, e.g. USER_CREATED
	User    UserID // who acted; 0 for the operator or the system
	Target  string // what it was done to, e.g. "server:123"
	Details map[string]any
}

// Auditor keeps audit entries.
type Auditor interface {
	Record(ctx context.Context, e AuditEntry)
}
