package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/beep-chat/beep/internal/config"
)

// envPrefix begins the variables that are settings.
const envPrefix = "BEEP_"

// envConfigFile names the file when --config does not.
const envConfigFile = "BEEP_CONFIG"

// defaultConfigFile is read from the working directory when it exists and no file was named.
const defaultConfigFile = "beep.yaml"

// globalOptions are what every command needs to find the configuration.
type globalOptions struct {
	ConfigFile string   // of --config; "" looks for BEEP_CONFIG, then beep.yaml
	Env        []string // as of os.Environ
}

// bind adds the flags to a set, as a rule the persistent ones of the root command.
func (o *globalOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.ConfigFile, "config", o.ConfigFile, "configuration `file` (default: $BEEP_CONFIG, then ./beep.yaml when there is one)")
}

// file is the path to read, "" when there is none. A file that was named must exist; the default one need not.
func (o globalOptions) file() string {
	if o.ConfigFile != "" {
		return o.ConfigFile
	}
	for _, pair := range o.Env {
		if name, value, _ := strings.Cut(pair, "="); name == envConfigFile && value != "" {
			return value
		}
	}
	if _, err := os.Stat(defaultConfigFile); !errors.Is(err, fs.ErrNotExist) {
		return defaultConfigFile
	}
	return ""
}

// loadConfig reads the configuration: defaults, then the file, then the environment. The error tells every problem and is
// meant for people.
func loadConfig(o globalOptions) (Config, config.Origins, error) {
	cfg := DefaultConfig()
	origins, err := config.Load(&cfg, config.Source{File: o.file(), Env: o.Env, EnvPrefix: envPrefix, Ignore: notASetting})
	return cfg, origins, err
}

// notASetting lets through variables that begin like settings: the key of backups, those that steer tests and those an
// orchestrator makes after the name of a service.
func notASetting(name, value string) bool {
	switch name {
	case envConfigFile, envBackupKey, "BEEP_CRASH_SEEDS", "BEEP_KILL_ROUNDS":
		return true
	}
	return strings.HasPrefix(name, "BEEP_TEST_") || config.ServiceLink(name, value)
}

// runConfig prints the effective configuration as a file that can be loaded again.
func runConfig(out io.Writer, cfg Config, origins config.Origins) error {
	header := "# Configuration of Beep. A variable named in brackets overrides the line below it.\n\n"
	if _, err := io.WriteString(out, header); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	if err := config.Print(out, &cfg, envPrefix, origins); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

// newConfigCommand is `beep config`.
func newConfigCommand(o *globalOptions) *cobra.Command {
	var defaults bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the effective configuration",
		Long: `Prints the configuration this node would run with, as a commented YAML file: the defaults, changed by the
configuration file, changed by BEEP_* variables. Every setting says what it is for, which variable sets it and, when it is
not the default, what set it. Secrets are masked.

Unknown settings, values that do not parse and values that do not fit together are all reported at once, and the exit
status is 1.`,
		Example: `  beep config --defaults > beep.yaml        start a configuration file
  beep config --config beep.yaml            check it
  BEEP_LIMITS_MESSAGE_RATE=20/10s beep config | grep message_rate`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			if defaults {
				return runConfig(cmd.OutOrStdout(), DefaultConfig(), nil)
			}
			cfg, origins, err := loadConfig(*o)
			if err != nil {
				return err
			}
			return runConfig(cmd.OutOrStdout(), cfg, origins)
		},
	}
	cmd.Flags().BoolVar(&defaults, "defaults", false, "print the defaults, whatever the file and the variables say")
	return cmd
}
