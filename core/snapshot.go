package core

// Snapshot is what a client starts from: GET /sync. Cursor was read before the data, so that the events after it, applied
// with "older versions are dropped", lead to the state of a later snapshot.
type Snapshot struct {
	Cursor  string           `json:"cursor"`
	User    SelfUser         `json:"user"`
	Servers []ServerSnapshot `json:"servers"`
}

// ServerSnapshot is a server as one member sees it.
type ServerSnapshot struct {
	Server          Server                  `json:"server"`
	Channels        []Channel               `json:"channels"`
	Member          Member                  `json:"member"`
	Permissions     Permission              `json:"permissions"`
	PermissionsBits string                  `json:"permissions_bits"`
	LastMessageIDs  map[ChannelID]MessageID `json:"last_message_ids"`
	ReadStates      []ReadState             `json:"read_states"`
}
