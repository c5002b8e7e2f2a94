package redis

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/beep-chat/beep/core"
)

// textHashBytes of SHA-256 name a text: enough that no two meet.
const textHashBytes = 16

// name is the key of a limit in Redis. Read from its end it has one meaning: neither an id nor a hash holds a colon.
// Texts are hashed: they may be long, and addresses and logins have no business in the memory of another service.
func (l *Limiter) name(kind string, key core.RateKey) string {
	text := ""
	if key.Text != "" {
		sum := sha256.Sum256([]byte(key.Text))
		text = base64.RawURLEncoding.EncodeToString(sum[:textHashBytes])
	}
	return l.db.Key("rate", kind, key.Policy, strconv.FormatInt(key.ID, 36), text)
}
