// Command goguest is a guest of the differential test: it does what plugins do, with a runtime, a collector and reflection.
// It is built by the test for wasip1.
package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"unsafe"
)

//go:wasmimport beep_v1 input_read
func inputRead(ptr unsafe.Pointer, off, n int32) int32

//go:wasmimport beep_v1 output_write
func outputWrite(ptr unsafe.Pointer, n int32) int32

var (
	links = regexp.MustCompile(`(?i)\b(https?)://([a-z0-9.-]+)(/[^\s<>]*)?`)
	names = regexp.MustCompile(`<@([0-9]+)>`)
	calls int
)

type answer struct {
	Words []string            `json:"words"`
	Links [][]string          `json:"links"`
	Text  string              `json:"text"`
	Runs  map[string]int      `json:"runs"`
	Any   any                 `json:"any,omitempty"`
	Deep  map[string][]string `json:"deep"`
	Call  int                 `json:"call"`
}

//go:wasmexport beep_handle
func handle(hook, n int32) int32 {
	runtime.Gosched() // lets the collector work
	calls++
	in := make([]byte, n)
	if n > 0 {
		inputRead(unsafe.Pointer(&in[0]), 0, n)
	}
	var out bytes.Buffer
	if err := work(&out, hook, in); err != nil {
		out.Reset()
		out.WriteString(err.Error())
		outputWrite(unsafe.Pointer(unsafe.SliceData(out.Bytes())), int32(out.Len()))
		return 1
	}
	outputWrite(unsafe.Pointer(unsafe.SliceData(out.Bytes())), int32(out.Len()))
	return 0
}

func work(out *bytes.Buffer, hook int32, in []byte) error {
	a := answer{Runs: map[string]int{}, Deep: map[string][]string{}, Call: calls}
	if hook == 2 {
		if err := json.Unmarshal(in, &a.Any); err != nil {
			return err
		}
	}
	text := string(in)
	a.Words = strings.Fields(text)
	sort.Strings(a.Words)
	for _, w := range a.Words {
		a.Runs[strings.ToLower(w)]++
		a.Deep[w[:1]] = append(a.Deep[w[:1]], w)
	}
	a.Links = links.FindAllStringSubmatch(text, 8)
	a.Text = names.ReplaceAllStringFunc(text, strings.ToUpper)
	return json.NewEncoder(out).Encode(a)
}

func main() {}
