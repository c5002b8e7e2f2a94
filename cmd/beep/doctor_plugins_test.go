package main

import (
	"errors"
	"strings"
	"testing"
)

func TestDoctorJudgesPlugins(t *testing.T) {
	names := []string{"markdown", "moderation"}
	cases := []struct {
		name    string
		enabled bool
		names   []string
		err     error
		open    bool
		arch    string
		want    severity
		says    string
	}{
		{"well", true, names, nil, false, "amd64", severityOK, "2 built in"},
		{"off", false, nil, nil, true, "amd64", severityOK, "switched off"},
		{"broken", true, nil, errors.New("gzip"), false, "amd64", severityFail, "cannot be read: gzip"},
		{"none", true, nil, nil, false, "arm64", severityWarn, "built without plugins"},
		{"cache open to others", true, names, nil, true, "amd64", severityFail, "others may write"},
		{"no compiler", true, names, nil, false, "riscv64", severityWarn, "interpreted on riscv64"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := judgePlugins(c.enabled, c.names, c.err, "/data/plugins", c.open, c.arch)
			if got.severity != c.want || !strings.Contains(got.what, c.says) || (got.do == "") != (c.want == severityOK) {
				t.Errorf("%+v", got)
			}
		})
	}
}
