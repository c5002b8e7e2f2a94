// Package local proves who people are by passwords that Beep keeps itself: the identity provider of an instance without
// Keycloak.
//
// It owns hashing (argon2id, RFC 9106, in PHC strings), the rules for new passwords, and the promise that a wrong login
// and a wrong password are told apart neither in answer nor in cost: each costs one hash. It refuses to know sessions,
// tokens, rate limits or the shape of accounts; logins are resolved and hashes kept by the ports UserFinder and
// PasswordStore. It never logs a password or a hash.
//
// A Hasher runs at most Parallel hashes at once (each takes MemoryKiB of memory and some 20 ms of one core) and lets at
// most Queue callers wait; further ones get CodeBusy at once, so that a flood of sign-ins costs a bounded amount. Waiting
// honours the context. Everything is safe for concurrent use and starts no goroutine.
//
//	p := local.NewProvider(local.NewHasher(local.HasherOptions{}), finder, store)
//	user, err := p.Authenticate(ctx, "ada@example.org", password)
//	if core.CodeOf(err) == core.CodeInvalidCredentials { ... }
package local
