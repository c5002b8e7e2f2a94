// Package config fills a tree of Go structs from defaults, a YAML file and the environment, and prints it back.
//
// It owns the syntax: keys, kinds of value (see Kinds), where a value came from and how a mistake is told. It refuses to
// guess: an unknown key, a doubled key, a value of the wrong shape and an unknown environment variable are all errors, and
// all of them are reported at once. What the values mean is the program's business: a tree that has a method
// Check(report) is asked once the values are in.
//
// The tree is plain structs; the zero reflection cost of reading it later is the point. A field is a setting when it has
// the tag `config:"name"`, and a section when its type is a struct with such fields. More tags: `doc:"..."` (the comment
// that is printed above it, with the reason for its default), `enum:"a|b"`, `min:"1"`, `max:"10"` (in the setting's own
// syntax) and `secret:"true"` (printed masked; may be given by file through NAME_FILE).
//
// Load and Print keep no state and may be called at the same time on different trees.
//
//	cfg := Defaults()
//	origins, err := config.Load(&cfg, config.Source{File: "app.yaml", Env: os.Environ(), EnvPrefix: "APP_"})
package config
