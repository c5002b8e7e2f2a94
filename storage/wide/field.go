package wide

import (
	"reflect"
	"time"
	"unsafe"
)

// field moves one column between a struct and a Row. Offsets are worked out once by Define, from the struct's own type,
// so the unsafe reads below see exactly the field that was declared.
type field struct {
	offset uintptr
	kind   Kind
	zero   bool // the zero value is a value, not null: key and mandatory columns
}

// kindOf gives the column kind of a Go type; 0 when it has none. Unsigned 64-bit integers (permission bits) are stored as
// the bigint of the same bits.
func kindOf(t reflect.Type) Kind {
	switch t.Kind() {
	case reflect.Int64, reflect.Uint64:
		return KindInt
	case reflect.Bool:
		return KindBool
	case reflect.String:
		return KindText
	case reflect.Slice:
		switch t.Elem().Kind() {
		case reflect.Uint8:
			return KindBlob
		case reflect.Int64:
			return KindSet
		}
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return KindTime
		}
	}
	return 0
}

// load reads the field of the struct at p. Blobs and sets are copied: a Value is immutable.
func (f field) load(p unsafe.Pointer) Value {
	p = unsafe.Add(p, f.offset)
	var v Value
	switch f.kind {
	case KindInt:
		v.Int = *(*int64)(p)
	case KindBool:
		v.Int = int64(boolInt(*(*bool)(p)))
	case KindText:
		v.Str = *(*string)(p)
	case KindBlob:
		v.Str = string(*(*[]byte)(p))
	case KindSet:
		v.Str = EncodeSet(*(*[]int64)(p))
	case KindTime:
		t := (*time.Time)(p)
		if !f.zero && t.IsZero() {
			return Value{}
		}
		v.Int, v.Valid = t.UnixMilli(), true
		return v
	}
	v.Valid = f.zero || v.Int != 0 || v.Str != ""
	return v
}

// store writes a value into the field of the zero struct at p.
func (f field) store(p unsafe.Pointer, v Value) {
	if !v.Valid {
		return
	}
	p = unsafe.Add(p, f.offset)
	switch f.kind {
	case KindInt:
		*(*int64)(p) = v.Int
	case KindBool:
		*(*bool)(p) = v.Int != 0
	case KindText:
		*(*string)(p) = v.Str
	case KindBlob:
		if v.Str != "" {
			*(*[]byte)(p) = []byte(v.Str)
		}
	case KindSet:
		*(*[]int64)(p) = DecodeSet(v.Str)
	case KindTime:
		*(*time.Time)(p) = time.UnixMilli(v.Int).UTC()
	}
}
