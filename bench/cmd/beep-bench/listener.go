package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listenerOf finds the process of this machine that listens on a port of an address, to read its processor time; 0 where
// there is none or it may not be looked at.
func listenerOf(host string) int {
	name, port, err := net.SplitHostPort(hostPort(host))
	if err != nil {
		return 0
	}
	ip := net.ParseIP(name)
	if name == "localhost" {
		ip = net.IPv4(127, 0, 0, 1)
	}
	if ip = ip.To4(); ip == nil || !ip.IsLoopback() {
		return 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	var sockets []string
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, _ := os.ReadFile(table) // the second is not everywhere
		sockets = append(sockets, listening(string(b), ip, n)...)
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, l := range links {
		if target, err := os.Readlink(l); err == nil && slices.Contains(sockets, target) {
			pid, _ := strconv.Atoi(strings.Split(l, "/")[2])
			return pid
		}
	}
	return 0
}

// listening gives the sockets of a table of the kernel that listen on an address or on all of a port, as links of file
// descriptors name them. There may be others on the same port of another address: a ring on one machine has three.
func listening(table string, ip net.IP, port int) (sockets []string) {
	want := fmt.Sprintf("%02X%02X%02X%02X", ip[3], ip[2], ip[1], ip[0]) // as the kernel of a little-endian machine writes it
	for l := range strings.Lines(table) {
		f := strings.Fields(l)
		if len(f) < 10 || f[3] != "0A" {
			continue
		}
		at, on, _ := strings.Cut(f[1], ":")
		if on == fmt.Sprintf("%04X", port) && (strings.HasSuffix(at, want) || strings.Trim(at, "0") == "") {
			sockets = append(sockets, "socket:["+f[9]+"]")
		}
	}
	return sockets
}
