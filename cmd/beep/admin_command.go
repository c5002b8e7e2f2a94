package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/beep-chat/beep/api"
	"github.com/beep-chat/beep/core"
)

func newAdminCommand(o *globalOptions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Act on accounts from the machine Beep runs on",
		Long: `Acts on the data folder of the configuration: through the running node when there is one, directly otherwise. Who may
read the data folder may do this; no password is asked.

  beep admin user reset-password ada
  beep admin user grant ada application_administrator`,
	}
	user := &cobra.Command{Use: "user", Short: "Accounts of people"}
	user.AddCommand(newResetPasswordCommand(o), newGrantCommand(o), newValidateCommand(o))
	cmd.AddCommand(user)
	return cmd
}

func newResetPasswordCommand(o *globalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "reset-password LOGIN",
		Short: "Give an account a new password; all its sessions end",
		Long: `Asks for the new password, or reads it from the standard input when that is not a terminal:

  beep admin user reset-password ada
  echo 'a long new password' | beep admin user reset-password ada@example.org`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			return act(cmd, o, "/user/reset-password", order{Login: args[0], Password: password},
				"The password is changed and every session of the account has ended.")
		},
	}
}

func newGrantCommand(o *globalOptions) *cobra.Command {
	roles := []string{string(core.ApplicationAdministrator), string(core.ServerModerator), string(core.UserModerator), "none"}
	return &cobra.Command{
		Use:       "grant LOGIN ROLE",
		Short:     "Give an account a platform role, or none",
		Long:      "Roles: " + strings.Join(roles, ", ") + ".\n\n  beep admin user grant ada application_administrator\n  beep admin user grant ada none",
		Args:      cobra.ExactArgs(2),
		ValidArgs: roles,
		RunE: func(cmd *cobra.Command, args []string) error {
			role := core.PlatformRole(args[1])
			switch role {
			case "none":
				role = core.NoPlatformRole
			case core.ApplicationAdministrator, core.ServerModerator, core.UserModerator:
			default:
				return fmt.Errorf("there is no role %q; choose one of %s", args[1], strings.Join(roles, ", "))
			}
			return act(cmd, o, "/user/grant", order{Login: args[0], Role: role}, "The role is changed.")
		},
	}
}

func newValidateCommand(o *globalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "validate LOGIN",
		Short: "Let an account in that waits for its validation",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return act(cmd, o, "/user/validate", order{Login: args[0]}, "The account is validated.")
		},
	}
}

func act(cmd *cobra.Command, o *globalOptions, path string, what order, done string) error {
	cfg, _, err := loadConfig(*o)
	if err != nil {
		return err
	}
	if err := command(cmd.Context(), cfg, path, what); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), done)
	return nil
}

// readPassword asks twice on a terminal, otherwise takes the first line of the input.
func readPassword(cmd *cobra.Command) (string, error) {
	f, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.Join(errors.New("no password on the standard input"), err)
		}
		return line, nil
	}
	var given [2]string
	for i, prompt := range []string{"New password: ", "Once more: "} {
		fmt.Fprint(cmd.ErrOrStderr(), prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		if err != nil {
			return "", err
		}
		given[i] = string(b)
	}
	if given[0] != given[1] {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return given[0], nil
}

// explain gives an error in the words of the catalogue, for people at a terminal.
func explain(err error) string {
	var e *core.Error
	if !errors.As(err, &e) || e.Code == core.CodeInternal {
		return err.Error()
	}
	lines := []string{api.Detail(e.Code, e.Params, api.English)}
	for _, f := range e.Fields {
		lines = append(lines, "  "+strings.TrimPrefix(f.Pointer, "/")+": "+api.Detail(f.Code, f.Params, api.English))
	}
	return strings.Join(lines, "\n")
}
