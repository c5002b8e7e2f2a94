package embedded

import (
	"encoding/binary"

	"github.com/beep-chat/beep/storage/wide"
)

// The spaces of the one ordered map of keys.
const (
	spaceMeta   = 0x01 // name -> see meta.go
	spaceEvents = 0x02 // position (8 bytes big-endian) -> commit time (8 bytes, milliseconds), encoded event
	spaceGraves = 0x03 // time of deletion (8 bytes, milliseconds), row or partition key -> kind of grave
	spaceRows   = 0x10 // table id (2 bytes), partition columns, clustering columns -> row
)

const tablePrefixLen = 3

func eventKey(position uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{spaceEvents}, position)
}

func graveKey(at int64, key []byte) []byte {
	b := make([]byte, 0, 9+len(key))
	b = append(b, spaceGraves)
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	return append(b, key...)
}

func tableKey(b []byte, m *wide.Meta) []byte { return m.AppendTable(append(b, spaceRows)) }

// rowKey gives the key of a row and the length of its partition's key.
func rowKey(m *wide.Meta, r wide.Row) (key []byte, partition int) {
	key = m.AppendPartition(tableKey(make([]byte, 0, 64), m), r)
	partition = len(key)
	return m.AppendClustering(key, r, 0, len(m.Clustering)), partition
}
