package stacktest

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
)

// The ports are the same on every address: clients learn the other nodes of a ring by address alone.
const (
	cqlPort     = 9042
	storagePort = 7000
	// claimHost and claimPort: a listener there says that a net is taken, also between the start and the first open port of
	// a ring. It ends with its process.
	claimHost = 254
	claimPort = 7199
)

// firstNet and lastNet bound the nets that are chosen: 127.1.16 to 127.1.250.
const firstNet, lastNet = 16, 250

var netPattern = regexp.MustCompile(`^127\.\d{1,3}\.\d{1,3}$`)

// claimNet takes the addresses of a net, or of one that is free when wanted is "".
func claimNet(wanted string, nodes int) (string, net.Listener, error) {
	if wanted != "" {
		if !netPattern.MatchString(wanted) {
			return "", nil, fmt.Errorf("stacktest: Net %q: give the first three numbers of loopback addresses, for example 127.0.2", wanted)
		}
		claim, err := tryNet(wanted, nodes)
		return wanted, claim, err
	}
	const count = lastNet - firstNet + 1
	var last error
	for k := range count { // each process begins elsewhere
		candidate := fmt.Sprintf("127.1.%d", firstNet+(os.Getpid()+k)%count)
		claim, err := tryNet(candidate, nodes)
		if err == nil {
			return candidate, claim, nil
		}
		last = err
	}
	return "", nil, fmt.Errorf("stacktest: no free addresses in 127.1: %w", last)
}

// tryNet claims a net on which nobody listens.
func tryNet(netPrefix string, nodes int) (net.Listener, error) {
	claim, err := net.Listen("tcp", address(netPrefix, claimHost, claimPort))
	if err != nil {
		return nil, fmt.Errorf("stacktest: another ring has %s: %w", netPrefix, err)
	}
	for n := 1; n <= nodes; n++ {
		for _, port := range []int{cqlPort, storagePort} {
			l, err := net.Listen("tcp", address(netPrefix, n, port))
			if err != nil {
				claim.Close()
				return nil, fmt.Errorf("stacktest: %s is in use; give other addresses by Options.Net: %w", address(netPrefix, n, port), err)
			}
			l.Close()
		}
	}
	return claim, nil
}

func address(netPrefix string, last, port int) string {
	return net.JoinHostPort(netPrefix+"."+strconv.Itoa(last), strconv.Itoa(port))
}
