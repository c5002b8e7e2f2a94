package meter

import "fmt"

// The bits of the flag of an element segment.
const (
	elemPassive  = 1 // or declarative, with elemExplicit
	elemExplicit = 2 // a table is named; of a passive one: it is declarative
	elemExprs    = 4 // expressions in place of indices
	elemFlags    = 7
)

// readElements rewrites the functions in segments of all eight forms. What is in one can be called through a table.
func (m *module) readElements() *Refusal {
	s := m.sections[secElement]
	if s.b == nil {
		return nil
	}
	count := uint32(0)
	var out []byte
	err := m.vector(secElement, maxSegments, "element segments", func(r *reader, _ int) {
		out = m.segment(r, out)
		count++
	})
	m.out[secElement] = append(appendU32(nil, count), out...)
	return err
}

func (m *module) segment(r *reader, out []byte) []byte {
	flag := r.u32()
	if r.err == nil && flag > elemFlags {
		r.malformed(fmt.Sprintf("an element segment of form %d", flag))
	}
	out = appendU32(out, flag)
	if flag&elemPassive == 0 {
		if flag&elemExplicit != 0 {
			out = appendU32(out, m.tableIndex(r))
		}
		out = m.constant(r, out)
	}
	if flag&(elemPassive|elemExplicit) != 0 {
		out = append(out, m.elementKind(r, flag))
	}
	n := r.count(maxElements, "elements")
	if m.elements += n; r.err == nil && m.elements > maxElements {
		r.refuse(Refusal{What: fmt.Sprintf("more than %d elements of tables", maxElements), Do: "make the module smaller"})
	}
	out = appendU32(out, uint32(n))
	for i := 0; i < n && r.err == nil; i++ {
		if flag&elemExprs != 0 {
			out = m.constant(r, out)
			continue
		}
		f := m.function(r, r.u32())
		m.inTable[f] = true
		out = appendU32(out, m.shift(f))
	}
	return out
}

func (m *module) tableIndex(r *reader) uint32 {
	t := r.u32()
	if r.err == nil && int(t) >= m.tables {
		r.malformed(fmt.Sprintf("table %d of %d", t, m.tables))
	}
	return t
}

// elementKind reads the type of the elements: a kind of definition, or of a reference.
func (m *module) elementKind(r *reader, flag uint32) byte {
	if flag&elemExprs != 0 {
		return r.refType()
	}
	kind := r.byte()
	if r.err == nil && kind != 0 {
		r.malformed("an element segment of a kind that is not functions")
	}
	return kind
}

// readData checks the frame of the data; it stays as it is.
func (m *module) readData() *Refusal {
	m.out[secData] = m.sections[secData].b
	return m.vector(secData, maxSegments, "data segments", func(r *reader, _ int) {
		flag := r.u32()
		if flag == 2 && r.u32() != 0 {
			r.refuse(noMemories)
		}
		if r.err == nil && flag > 2 {
			r.malformed(fmt.Sprintf("a data segment of form %d", flag))
		}
		if flag != 1 {
			m.constant(r, nil)
		}
		r.take(r.u32())
	})
}

// readDataCount checks the announcement of the data; it stays as it is.
func (m *module) readDataCount() *Refusal {
	s := m.sections[secDataCount]
	if s.b == nil {
		return nil
	}
	m.out[secDataCount] = s.b
	r := s.reader()
	if n := r.u32(); r.err == nil && n > maxSegments {
		r.refuse(Refusal{What: fmt.Sprintf("%d data segments, a node takes %d", n, maxSegments), Do: "make the module smaller"})
	}
	r.end("the count of data")
	return r.err
}
