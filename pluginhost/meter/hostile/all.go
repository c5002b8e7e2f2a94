package hostile

// Kind says how a module of All fails.
type Kind int

// Endless modules run until they are stopped; the others end on their own: with a trap, or as if all were well.
const (
	Endless Kind = iota
	Traps
	Returns
)

// Module is one of All.
type Module struct {
	Name string
	Kind Kind
	Make func(manifest []byte) []byte
}

// All lists the modules in a stable order.
func All() []Module {
	return []Module{
		{"Loop", Endless, Loop},
		{"Calls", Endless, Calls},
		{"CallTree", Endless, CallTree},
		{"Unwind", Endless, Unwind},
		{"Recursion", Traps, Recursion},
		{"WideRecursion", Traps, WideRecursion},
		{"Fill", Endless, Fill},
		{"Copy", Endless, Copy},
		{"TableFill", Endless, TableFill},
		{"Straight", Endless, Straight},
		{"Divisions", Endless, Divisions},
		{"Grow", Endless, Grow},
		{"GrowOnce", Returns, GrowOnce},
		{"Code", Returns, Code},
		{"Error", Returns, Error},
		{"NotImplemented", Returns, NotImplemented},
		{"GarbageOutput", Returns, GarbageOutput},
		{"Accuse", Returns, Accuse},
		{"Trap", Traps, Trap},
		{"OutsideMemory", Traps, OutsideMemory},
		{"LogFlood", Returns, LogFlood},
		{"LogHuge", Returns, LogHuge},
		{"HostCallFlood", Endless, HostCallFlood},
		{"OutputFlood", Endless, OutputFlood},
		{"OutputHuge", Returns, OutputHuge},
		{"InputFlood", Endless, InputFlood},
		{"BadPointers", Returns, BadPointers},
	}
}
