package main

import "github.com/spf13/cobra"

func newBackupCommand(o *globalOptions) *cobra.Command { return &cobra.Command{Use: "backup"} }
func newDemoCommand(o *globalOptions) *cobra.Command   { return &cobra.Command{Use: "demo"} }
