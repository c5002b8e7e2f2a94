package meter

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The least numbers of the official tests that must have run, so that a change that leaves some out is seen.
const (
	leastSpecModules = 1_600
	leastSpecCalls   = 48_200
	leastSpecInvalid = 2_860
)

// specCommand is a line of an official test.
type specCommand struct {
	Type       string     `json:"type"`
	Line       int        `json:"line"`
	Name       string     `json:"name"`
	Filename   string     `json:"filename"`
	As         string     `json:"as"`
	ModuleType string     `json:"module_type"`
	Action     specAction `json:"action"`
}

type specAction struct {
	Type   string      `json:"type"`
	Field  string      `json:"field"`
	Module string      `json:"module"`
	Args   []specValue `json:"args"`
}

type specValue struct {
	Type     string          `json:"type"`
	LaneType string          `json:"lane_type"`
	Value    json.RawMessage `json:"value"`
}

// specFolder is where the engine keeps the official tests, as modules and commands.
func specFolder(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
}

// TestSpec runs the official tests of WebAssembly 2.0 twice, as they are and rewritten. What a module gives and how it fails
// must be the same. Where a module's meaning is refused here (table.grow), it is left out and counted.
func TestSpec(t *testing.T) {
	root := specFolder(t)
	files, err := filepath.Glob(filepath.Join(root, "v2", "testdata", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no official tests found:", err)
	}
	spectest := read(t, filepath.Join(root, "testdata", "spectest.wasm"))
	total := specCounts{skipped: map[string]int{}}
	for _, file := range files {
		runSpec(t, file, spectest, &total)
	}
	t.Logf("%d modules, %d calls, %d invalid modules refused; left out: %v", total.modules, total.calls, total.invalid, total.skipped)
	if total.modules < leastSpecModules || total.calls < leastSpecCalls || total.invalid < leastSpecInvalid {
		t.Error("fewer ran than should")
	}
}

type specCounts struct {
	modules, calls, invalid int
	skipped                 map[string]int
}

// specRun is one file under way: two runtimes, the original's first.
type specRun struct {
	t        *testing.T
	ctx      context.Context
	folder   string
	counts   *specCounts
	runtimes [2]wazero.Runtime
	latest   [2]api.Module
	named    map[string][2]api.Module
}

func runSpec(t *testing.T, file string, spectest []byte, counts *specCounts) {
	t.Helper()
	var script struct {
		Commands []specCommand `json:"commands"`
	}
	if err := json.Unmarshal(read(t, file), &script); err != nil {
		t.Fatal(err)
	}
	s := &specRun{t: t, ctx: context.Background(), folder: filepath.Dir(file), counts: counts, named: map[string][2]api.Module{}}
	defer func() {
		for _, r := range s.runtimes {
			r.Close(s.ctx)
		}
	}()
	for i := range s.runtimes {
		s.runtimes[i] = wazero.NewRuntimeWithConfig(s.ctx, wazero.NewRuntimeConfigCompiler())
		if _, err := s.runtimes[i].InstantiateWithConfig(s.ctx, spectest, wazero.NewModuleConfig().WithName("spectest")); err != nil {
			t.Fatal(err)
		}
	}
	// With slices this small nearly every meter asks, so that asking is tested everywhere too.
	tick := func(_ context.Context, left int32) int32 {
		if left == TooDeep {
			panic(errStopped)
		}
		return 1
	}
	b := s.runtimes[1].NewHostModuleBuilder(TickModule).NewFunctionBuilder().WithFunc(tick).Export(TickName)
	if _, err := b.Instantiate(s.ctx); err != nil {
		t.Fatal(err)
	}
	for i, c := range script.Commands {
		s.step(c, fmt.Sprintf("%s:%d", filepath.Base(file), c.Line), registeredAs(script.Commands, i))
	}
}

// registeredAs is the name a module gets later, which this engine wants when it is made.
func registeredAs(commands []specCommand, i int) string {
	for j := i + 1; j < len(commands); j++ {
		c := commands[j]
		if c.Type == "module" && commands[i].Name == "" {
			return ""
		}
		if c.Type == "register" && (c.Name == "" || c.Name == commands[i].Name) {
			return c.As
		}
	}
	return ""
}

func (s *specRun) step(c specCommand, at, name string) {
	switch c.Type {
	case "module":
		s.latest = s.instantiate(c, at, name)
		s.named[c.Name] = s.latest
	case "assert_return", "assert_trap", "action", "assert_exhaustion":
		s.compare(c, at)
	case "assert_invalid", "assert_malformed":
		s.invalid(c, at)
	case "assert_unlinkable", "assert_uninstantiable":
		s.instantiate(c, at, "")
	case "register":
	default:
		s.t.Errorf("%s: unknown command %s", at, c.Type)
	}
}

// specLimits take what the tests use; the limits themselves have their own tests.
var specLimits = Limits{MaxPages: 65_536, MaxTable: 10_000_000}.withDefaults()

// instantiate makes a module in both runtimes. That it fails must be the same in both.
func (s *specRun) instantiate(c specCommand, at, name string) (both [2]api.Module) {
	wasm := read(s.t, filepath.Join(s.folder, c.Filename))
	m, refusal := rewrite(wasm, specLimits, true)
	if refusal != nil {
		s.counts.skipped[refusal.What]++
		return both
	}
	config := wazero.NewModuleConfig().WithName(name).WithStartFunctions()
	var errs [2]error
	for i, w := range [][]byte{wasm, m.Wasm} {
		both[i], errs[i] = s.runtimes[i].InstantiateWithConfig(s.ctx, w, config)
	}
	if (errs[0] == nil) != (errs[1] == nil) {
		s.t.Errorf("%s: the original gives %v, the rewritten module %v", at, errs[0], errs[1])
	}
	if errs[0] != nil || errs[1] != nil {
		return [2]api.Module{}
	}
	s.counts.modules++
	return both
}

// compare runs an action in both runtimes.
func (s *specRun) compare(c specCommand, at string) {
	both := s.latest
	if c.Action.Module != "" {
		both = s.named[c.Action.Module]
	}
	if both[0] == nil {
		s.counts.skipped["calls of a module that is left out"]++
		return
	}
	if c.Action.Type == "get" {
		a, b := both[0].ExportedGlobal(c.Action.Field).Get(), both[1].ExportedGlobal(c.Action.Field).Get()
		if a != b {
			s.t.Errorf("%s: global %s is %d, rewritten %d", at, c.Action.Field, a, b)
		}
		s.counts.calls++
		return
	}
	args := s.arguments(c.Action.Args)
	var results [2][]uint64
	var errs [2]error
	for i := range both {
		results[i], errs[i] = both[i].ExportedFunction(c.Action.Field).Call(s.ctx, args...)
	}
	s.counts.calls++
	if c.Type == "assert_exhaustion" {
		if errs[0] == nil || errs[1] == nil {
			s.t.Errorf("%s: deep recursion ended with %v, rewritten with %v", at, errs[0], errs[1])
		}
		return
	}
	if firstLine(errs[0]) != firstLine(errs[1]) {
		s.t.Errorf("%s: %s failed with %v, rewritten with %v", at, c.Action.Field, errs[0], errs[1])
	}
	for i, t := range both[0].ExportedFunction(c.Action.Field).Definition().ResultTypes() {
		if t == typeFunc || t == typeExtern { // the address of a function is another in each runtime
			for _, r := range results {
				if len(r) > i {
					r[i] = min(r[i], 1)
				}
			}
		}
	}
	if !slices.Equal(results[0], results[1]) {
		s.t.Errorf("%s: %s(%v) gives %v, rewritten %v", at, c.Action.Field, args, results[0], results[1])
	}
}

func firstLine(err error) string {
	if err == nil {
		return ""
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// invalid checks that the rewriting makes no invalid module run.
func (s *specRun) invalid(c specCommand, at string) {
	if c.ModuleType != "binary" {
		s.counts.skipped["malformed text"]++
		return
	}
	wasm, err := os.ReadFile(filepath.Join(s.folder, c.Filename))
	if err != nil {
		s.t.Fatal(err)
	}
	s.counts.invalid++
	m, refusal := rewrite(wasm, specLimits, true)
	if refusal != nil {
		return
	}
	if _, err := s.runtimes[1].CompileModule(s.ctx, m.Wasm); err == nil {
		if _, original := s.runtimes[0].CompileModule(s.ctx, wasm); original != nil {
			s.t.Errorf("%s: an invalid module became valid: %v", at, original)
		}
		s.counts.skipped["invalid modules the engine takes as they are"]++
	}
}

// arguments encodes values as the engine takes them.
func (s *specRun) arguments(values []specValue) []uint64 {
	var out []uint64
	for _, v := range values {
		if v.Type == "v128" {
			out = append(out, lanes(v)...)
			continue
		}
		var text string
		if err := json.Unmarshal(v.Value, &text); err != nil {
			s.t.Fatal(err)
		}
		out = append(out, scalar(text, v.Type))
	}
	return out
}

func scalar(text, typ string) uint64 {
	switch text {
	case "null":
		return 0
	case "nan:canonical", "nan:arithmetic":
		if typ == "f32" {
			return uint64(math.Float32bits(float32(math.NaN())))
		}
		return math.Float64bits(math.NaN())
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		signed, _ := strconv.ParseInt(text, 10, 64)
		n = uint64(signed)
	}
	return n
}

// lanes packs a vector into two numbers.
func lanes(v specValue) []uint64 {
	var texts []string
	if err := json.Unmarshal(v.Value, &texts); err != nil {
		panic(err)
	}
	out := make([]uint64, 2)
	width := 128 / len(texts)
	for i, text := range texts {
		n := scalar(text, v.LaneType)
		if width < 64 {
			n &= 1<<width - 1
		}
		out[i*width/64] |= n << (i * width % 64)
	}
	return out
}
