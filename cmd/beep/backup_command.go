package main

import "github.com/spf13/cobra"

func newBackupCommand(o *globalOptions) *cobra.Command { return &cobra.Command{Use: "backup"} }
