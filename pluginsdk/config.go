package beep

import (
	"errors"
	"sync"
)

// DefaultConfigs is how many decoded configurations a Config keeps, unless Keep says otherwise.
const DefaultConfigs = 32

// Config decodes the configurations of servers, once each, and keeps the ones used last:
//
//	var settings = beep.NewConfig(func(raw []byte) (*rules, error) {
//		r := &rules{Percent: 70}
//		return r, json.Unmarshal(raw, r)
//	})
//
//	func init() {
//		beep.Register(beep.Plugin{MessageWillBeSent: judge, ConfigWillChange: settings.Check})
//	}
//
//	func judge(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
//		rules, err := settings.Get(ctx)
//		...
//
// A hook gets the same T again and again and must not change it. Config is safe for concurrent use, though hooks are not
// called so.
//
// A node names each state of a server's configuration; Config knows it again by server and name. A hook whose plugin.json does
// not ask for the input field "server" cannot tell the names of two servers apart: then the configuration is fetched with every
// call and known again by its bytes. That is correct and slower, so ask for "server".
type Config[T any] struct {
	decode func(raw []byte) (T, error)
	keep   int

	mu   sync.Mutex
	kept []kept[T] // the one used last comes first
	raw  []byte    // reused
}

// kept is one decoded configuration, or why it cannot be decoded: that is not worth finding out with every message either.
type kept[T any] struct {
	server, name string
	raw          string // instead of server and name, where the server is not known
	value        T
	err          error
}

// NewConfig makes a Config of a function that decodes the JSON of a configuration and prepares what hooks need of it. The
// function must not keep raw. It may return Problems, which name the fields that are wrong.
func NewConfig[T any](decode func(raw []byte) (T, error)) *Config[T] {
	return &Config[T]{decode: decode, keep: DefaultConfigs}
}

// Keep sets how many configurations are kept, at least one, and returns c. All of them together must fit in the memory of
// an instance, 32 MiB: keep fewer if one takes much.
func (c *Config[T]) Keep(n int) *Config[T] {
	c.keep = max(n, 1)
	return c
}

// Get gives the decoded configuration of the server whose call ctx is. The error is the decoder's, or an Errno when the node
// does not give the configuration.
func (c *Config[T]) Get(ctx *Context) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	named := ctx.server != "" && ctx.config != ""
	if named {
		if i := c.find(func(k *kept[T]) bool { return k.name == ctx.config && k.server == ctx.server }); i >= 0 {
			return c.use(i)
		}
	}
	raw, err := ctx.readConfig(c.raw[:0])
	c.raw = raw[:0]
	if err != nil {
		var none T
		return none, err
	}
	k := kept[T]{server: ctx.server, name: ctx.config}
	if !named {
		if i := c.find(func(k *kept[T]) bool { return k.name == "" && k.raw == string(raw) }); i >= 0 {
			return c.use(i)
		}
		k = kept[T]{raw: string(raw)}
	}
	k.value, k.err = c.decode(raw)
	c.add(k)
	return k.value, k.err
}

// Decode decodes raw and keeps nothing.
func (c *Config[T]) Decode(raw []byte) (T, error) { return c.decode(raw) }

// Check is a ConfigWillChange: a configuration is accepted when it can be decoded. Problems of the decoder are shown at their
// fields, any other error for the whole form.
func (c *Config[T]) Check(_ *Context, change ConfigChange) (Problems, error) {
	_, err := c.decode(change.Config)
	if err == nil {
		return nil, nil
	}
	var problems Problems
	if errors.As(err, &problems) {
		return problems, nil
	}
	return Problems{{Message: Text{"en": err.Error()}}}, nil
}

// find gives the place of the kept configuration that is wanted, -1 if there is none. There are few: looking at each is as
// fast as a map, and the order of use comes free.
func (c *Config[T]) find(wanted func(*kept[T]) bool) int {
	for i := range c.kept {
		if wanted(&c.kept[i]) {
			return i
		}
	}
	return -1
}

// use moves a configuration to the front.
func (c *Config[T]) use(i int) (T, error) {
	k := c.kept[i]
	copy(c.kept[1:i+1], c.kept[:i])
	c.kept[0] = k
	return k.value, k.err
}

// add puts a configuration in front and drops the one that was not used for longest. An older configuration of the same
// server is replaced: the server has left it.
func (c *Config[T]) add(k kept[T]) {
	i := -1
	if k.name != "" {
		i = c.find(func(old *kept[T]) bool { return old.name != "" && old.server == k.server })
	}
	if i < 0 {
		if i = len(c.kept); i == c.keep {
			i--
		} else {
			c.kept = append(c.kept, kept[T]{})
		}
	}
	copy(c.kept[1:i+1], c.kept[:i])
	c.kept[0] = k
}
