// Package core is Beep's vocabulary: the nouns of a community chat (User, Server, Channel, Message, Member, ...), the
// events that tell of their changes, the errors people can meet, and the ports that adapters implement.
//
// It owns shapes, limits and pure rules. It refuses to know Gin, CQL, Redis or WebAssembly: it imports the standard
// library and internal/ only. The rules that need a store live in core/<area>, one package an area, and areas never
// import each other.
//
// Values in this package are plain data and safe to share once made; nothing here starts a goroutine, except where a type
// says so.
//
//	msg, err := messageService.Send(ctx, actor, core.NewMessage{Channel: ch, Content: "hi", Nonce: "1"})
//	if core.CodeOf(err) == core.CodeRateLimited { ... }
package core
