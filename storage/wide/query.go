package wide

// Query asks for rows of one partition, in the table's clustering order (so From is the newest row of a table that
// clusters by a descending time).
type Query[R any] struct {
	Partition     R    // its partition columns, and its first Prefix clustering columns
	Prefix        int  // how many leading clustering columns are fixed
	From, To      *R   // bounds on the clustering columns after the prefix, first and last in clustering order
	Bound         int  // how many of those columns From and To name; 0: all of them
	FromExclusive bool // leave out the rows equal to From
	ToExclusive   bool // leave out the rows equal to To
	Reverse       bool // give the last rows first
	Limit         int  // 1..MaxRangeLimit, required
}

// RawQuery is a Query without its Go type: what engines answer.
type RawQuery struct {
	Meta          *Meta
	Partition     Row
	Prefix        int
	From, To      Row // nil: unbounded
	Bound         int // 1..clustering columns after the prefix, or 0 when there are none
	FromExclusive bool
	ToExclusive   bool
	Reverse       bool
	Limit         int
}

// Validate checks a query against the rules and bounds of the layer; engines call it first. Errors are ErrInvalid.
func (q RawQuery) Validate() error {
	free := len(q.Meta.Clustering) - q.Prefix
	bounded := q.From != nil || q.To != nil
	switch {
	case q.Limit < 1 || q.Limit > MaxRangeLimit:
		return invalid("range of %s with limit %d", q.Meta.Name, q.Limit)
	case q.Prefix < 0 || free < 0:
		return invalid("range of %s fixes %d clustering columns", q.Meta.Name, q.Prefix)
	case q.Bound < 0 || q.Bound > free:
		return invalid("range of %s is bounded by %d of %d clustering columns", q.Meta.Name, q.Bound, free)
	case bounded && q.Bound == 0:
		return invalid("range of %s is bounded, but all its clustering columns are fixed", q.Meta.Name)
	}
	return nil
}

func (t *Table[R]) rawQuery(q Query[R]) RawQuery {
	raw := RawQuery{Meta: &t.meta, Partition: t.row(&q.Partition), Prefix: q.Prefix, Bound: q.Bound,
		FromExclusive: q.FromExclusive, ToExclusive: q.ToExclusive, Reverse: q.Reverse, Limit: q.Limit}
	if q.From != nil {
		raw.From = t.row(q.From)
	}
	if q.To != nil {
		raw.To = t.row(q.To)
	}
	if q.Bound == 0 {
		raw.Bound = len(t.meta.Clustering) - q.Prefix
	}
	return raw
}
