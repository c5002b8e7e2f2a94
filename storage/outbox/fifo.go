package outbox

// fifo is a queue whose front is dropped without moving the rest each time.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }

func (q *fifo[T]) len() int { return len(q.items) - q.head }

// all are the items, oldest first; valid until the next call.
func (q *fifo[T]) all() []T { return q.items[q.head:] }

// drop removes the n oldest.
func (q *fifo[T]) drop(n int) {
	clear(q.items[q.head : q.head+n])
	q.head += n
	if q.head > 64 && q.head > len(q.items)/2 {
		kept := copy(q.items, q.items[q.head:])
		clear(q.items[kept:])
		q.items, q.head = q.items[:kept], 0
	}
}
