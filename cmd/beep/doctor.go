package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// severity is how bad a finding is.
type severity string

const (
	severityOK   severity = "OK"
	severityWarn severity = "WARN"
	severityFail severity = "FAIL"
)

// finding is what one check says: what was found and, unless all is well, what to do.
type finding struct {
	name     string
	severity severity
	what     string
	do       string
}

func okay(format string, args ...any) finding {
	return finding{severity: severityOK, what: fmt.Sprintf(format, args...)}
}

func warn(do, format string, args ...any) finding {
	return finding{severity: severityWarn, what: fmt.Sprintf(format, args...), do: do}
}

func fail(do, format string, args ...any) finding {
	return finding{severity: severityFail, what: fmt.Sprintf(format, args...), do: do}
}

// doctorTimeout bounds the whole examination: a name server or a disk that hangs must not hang the doctor.
const doctorTimeout = 30 * time.Second

// doctorCheck measures one thing and judges it. The judging halves are plain functions of what was measured, beside
// their check.
type doctorCheck struct {
	name string
	run  func(context.Context, Config) finding
}

// doctorChecks is everything `beep doctor` looks at, in the order it is printed. started is taken before the first.
func doctorChecks(started time.Time) []doctorCheck {
	return []doctorCheck{
		{"http port", checkHTTPPort},
		{"admin port", checkAdminPort},
		{"data folder", checkDataDir},
		{"free disk", checkFreeDisk},
		{"plugins", checkPlugins},
		{"fsync", checkFsync},
		{"open files", checkOpenFiles},
		{"processors", checkProcessors},
		{"memory", checkMemory},
		{"user", checkUser},
		{"public address", checkPublicURL},
		{"trusted proxies", func(_ context.Context, c Config) finding { return judgeProxies(c) }},
		{"transport", func(_ context.Context, c Config) finding { return judgeTransport(c) }},
		{"admin access", func(_ context.Context, c Config) finding { return judgeAdminAccess(c) }},
		{"cql", checkCQL},
		{"redis", checkRedis},
		{"clock", func(context.Context, Config) finding { return checkClock(started) }}, // last: it spans the others
	}
}

var errDoctor = errors.New("beep would not run well here")

// runDoctor examines the machine for a configuration and prints a table. The error says that a check failed.
func runDoctor(ctx context.Context, out io.Writer, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	var findings []finding
	for _, c := range doctorChecks(time.Now()) {
		f := c.run(ctx, cfg)
		f.name = c.name
		findings = append(findings, f)
	}
	return printFindings(out, findings)
}

// printFindings writes the table and sums it up.
func printFindings(out io.Writer, findings []finding) error {
	count := map[severity]int{}
	var b strings.Builder
	for _, f := range findings {
		count[f.severity]++
		fmt.Fprintf(&b, "%-4s  %-15s  %s\n", f.severity, f.name, f.what)
		if f.do != "" {
			fmt.Fprintf(&b, "%23s-> %s\n", "", f.do)
		}
	}
	fmt.Fprintf(&b, "\n%d checks: %d fine, %d to look at, %d failed\n", len(findings), count[severityOK], count[severityWarn], count[severityFail])
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	if n := count[severityFail]; n > 0 {
		return fmt.Errorf("%w: %d failed", errDoctor, n)
	}
	return nil
}

// newDoctorCommand is `beep doctor`.
func newDoctorCommand(o *globalOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Examine this machine and say what to do",
		Long: `Examines whether Beep would run well here with the effective configuration: ports, data folder, free disk, the time
a write to disk takes, limits of the system, memory, clock, DNS, and settings that are often wrong together.

Every line is OK, WARN or FAIL; below a WARN or FAIL stands what to do. The exit status is 1 when a check fails. Nothing is
changed, except for test files in the data folder (or where it would be made), which are removed again. A Beep that
already runs with this configuration is recognised and not disturbed.`,
		Example: `  beep doctor
  beep doctor --config /etc/beep/beep.yaml
  BEEP_HTTP_LISTEN=:80 beep doctor          would port 80 work?`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			cfg, _, err := loadConfig(*o)
			if err != nil {
				return err
			}
			return runDoctor(cmd.Context(), cmd.OutOrStdout(), cfg)
		},
	}
}
