// Command beep is the whole of Beep: the node (`beep serve`) and the tools of its operators. `beep help` tells them all.
//
// This package is wiring: it reads the configuration, opens what the configuration names and ends it in order. The node
// itself is put together in cmd/beep/node.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := newRootCommand(os.Environ()).Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "beep:", err)
		os.Exit(1)
	}
}

func newRootCommand(env []string) *cobra.Command {
	o := &globalOptions{Env: env}
	root := &cobra.Command{
		Use:   "beep",
		Short: "Self-hosted community chat in one binary",
		Long: `Beep is the place where a community lives: servers with channels, messages, live events.

  beep serve              run a node on http://localhost:8080, data in ./beep-data
  beep demo               run one that is filled with real conversations, to look around
  beep doctor             check this machine and the configuration
  beep config             print every setting with its reason

Nothing else is needed: the store, the event log and the accounts are inside.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	o.bind(root.PersistentFlags())
	root.AddCommand(newServeCommand(o), newDemoCommand(o), newConfigCommand(o), newDoctorCommand(o), newAdminCommand(o),
		newBackupCommand(o), newVersionCommand())
	return root
}
