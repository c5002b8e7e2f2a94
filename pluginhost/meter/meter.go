package meter

// Version is the version of the rewriter. It belongs in the key of whatever is kept of a rewritten module: another version
// may charge differently or refuse more.
const Version = 2

// The names the rewriter adds to a module. No module may use them itself.
const (
	// TickModule and TickName name the import that is added, tick(left i32) -> i32. It is called when the counter is used
	// up, gets what is left of it (below zero) or TooDeep, and returns the next slice.
	TickModule = "beep_meter"
	TickName   = "tick"
	// CounterExport is the exported global that holds what is left of the slice, a mutable i32. The host sets it before a
	// call and reads it after, so that fuel is exact. It starts at zero: a module whose counter was never set asks at once.
	CounterExport = "beep_meter.left"
)

// TooDeep is what tick gets in place of what is left when the guest's calls are nested too deeply. Whatever tick answers,
// the guest traps afterwards; a host that takes it for a number sees all of the fuel used up.
const TooDeep = -1 << 31

// The limits of a module where Limits leaves them zero. One page is 64 KiB.
const (
	DefaultMaxBytes     = 16 << 20
	DefaultMaxFunctions = 50_000
	DefaultMaxPages     = 512
	DefaultMaxTable     = 65_536
)

// Limits bound what a module may be. A zero number stands for its default.
type Limits struct {
	MaxBytes     int // of the module before it is rewritten
	MaxFunctions int // that it defines
	MaxPages     int // of its memory: a higher maximum is lowered, a higher minimum refused
	MaxTable     int // entries of all its tables together, in the same way
	// Imports tells whether a module may import a function. nil: none.
	Imports func(module, name string) bool
}

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	or := func(n *int, fallback int) {
		if *n <= 0 {
			*n = fallback
		}
	}
	or(&l.MaxBytes, DefaultMaxBytes)
	or(&l.MaxFunctions, DefaultMaxFunctions)
	or(&l.MaxPages, DefaultMaxPages)
	or(&l.MaxTable, DefaultMaxTable)
	if l.Imports == nil {
		l.Imports = func(string, string) bool { return false }
	}
	return l
}

// Module is a module that may run here.
type Module struct {
	Wasm     []byte            // the rewritten module; only its beep.* custom sections are left
	Sections map[string][]byte // the content of those sections by name
	Imports  []Import          // as the author wrote them, without tick
	Exports  []Export          // as the author wrote them, without the counter
	MinPages uint32            // the memory it starts with
	MaxPages uint32            // the most it can grow to
	// Functions counts the functions it defines, Points the places where it is charged.
	Functions, Points int
}

// Import names a function a module wants from its host.
type Import struct{ Module, Name string }

// Export names what a module offers. Kind is that of the binary format: 0 function, 1 table, 2 memory, 3 global.
type Export struct {
	Name string
	Kind byte
}
