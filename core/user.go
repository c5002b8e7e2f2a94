package core

import (
	"regexp"
	"strings"
	"time"
)

// User is an account: a person (or later a bot). Email and Locale are private: they leave only in the owner's own view.
type User struct {
	ID           UserID
	Username     string
	FirstName    string
	LastName     string
	Email        string
	Locale       string // "en" or "fr"
	Provider     string // VANILLA, LDAP or GOOGLE: how the person signs in
	PlatformRole PlatformRole
	Validated    bool
	Suspended    bool
	CreatedAt    time.Time
	Version      int64
}

// PlatformRole is a right over the whole instance.
type PlatformRole string

// The platform roles of the requirements; "" is an ordinary user.
const (
	NoPlatformRole           PlatformRole = ""
	UserModerator            PlatformRole = "user_moderator"
	ServerModerator          PlatformRole = "server_moderator"
	ApplicationAdministrator PlatformRole = "application_administrator"
)

// ProviderVanilla marks an account with a password of Beep's own.
const ProviderVanilla = "VANILLA"

// PublicUser is what anyone who shares a server with a user may see; it is the author of a message on the wire.
type PublicUser struct {
	ID          UserID  `json:"id"`
	Username    string  `json:"username"`
	DisplayName string  `json:"display_name"`
	AvatarURL   *string `json:"avatar_url"`
	Version     int64   `json:"-"` // of the account; part of a Member's version
}

// SelfUser is a user's own view of the account.
type SelfUser struct {
	PublicUser
	FirstName    string       `json:"first_name"`
	LastName     string       `json:"last_name"`
	Email        string       `json:"email"`
	Locale       string       `json:"locale"`
	Provider     string       `json:"provider"`
	PlatformRole PlatformRole `json:"platform_role,omitempty"`
	Validated    bool         `json:"validated"`
	CreatedAt    Time         `json:"created_at"`
	Version      int64        `json:"version"`
}

// Public is the view for others.
func (u User) Public() PublicUser {
	return PublicUser{ID: u.ID, Username: u.Username, DisplayName: u.DisplayName(), Version: u.Version}
}

// DisplayName is first and last name, or the username where both are empty.
func (u User) DisplayName() string {
	if name := strings.TrimSpace(u.FirstName + " " + u.LastName); name != "" {
		return name
	}
	return u.Username
}

// Self is the owner's view.
func (u User) Self() SelfUser {
	return SelfUser{PublicUser: u.Public(), FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, Locale: u.Locale,
		Provider: u.Provider, PlatformRole: u.PlatformRole, Validated: u.Validated, CreatedAt: Time{u.CreatedAt}, Version: u.Version}
}

var usernameForm = regexp.MustCompile(`^[a-z0-9._-]{2,32}$`)

// ValidUsername tells whether a folded username has the fixed form [a-z0-9._-]{2,32}.
func ValidUsername(s string) bool { return usernameForm.MatchString(s) }

// FoldName is the form in which usernames and mail addresses are compared and claimed: trimmed, lower case.
func FoldName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
