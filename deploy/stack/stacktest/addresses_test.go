package stacktest

import (
	"net"
	"strings"
	"testing"
)

func TestNetsDoNotClash(t *testing.T) {
	a, claimA, err := claimNet("", 3)
	if err != nil {
		t.Fatal(err)
	}
	defer claimA.Close()
	b, claimB, err := claimNet("", 3)
	if err != nil {
		t.Fatal(err)
	}
	defer claimB.Close()
	if a == b {
		t.Errorf("two rings have %s", a)
	}
	if _, claim, err := claimNet(a, 3); err == nil {
		claim.Close()
		t.Errorf("%s was given away twice", a)
	}
	claimA.Close()
	_, claim, err := claimNet(a, 3)
	if err != nil {
		t.Fatalf("%s is free again: %v", a, err)
	}
	claim.Close()
}

func TestNetInUseIsRefused(t *testing.T) {
	for _, port := range []int{cqlPort, storagePort} {
		busy, err := net.Listen("tcp", address("127.1.251", 2, port))
		if err != nil {
			t.Fatal(err)
		}
		_, claim, err := claimNet("127.1.251", 3)
		if err == nil {
			claim.Close()
			t.Errorf("addresses with a listener on port %d were taken", port)
		} else if !strings.Contains(err.Error(), address("127.1.251", 2, port)) {
			t.Errorf("the error does not name the address: %v", err)
		}
		if claim, err := tryNet("127.1.251", 1); err != nil { // the refusal gave its claim back; one node needs no .2
			t.Error(err)
		} else {
			claim.Close()
		}
		busy.Close()
	}
}

func TestNetIsLoopback(t *testing.T) {
	for _, wanted := range []string{"10.0.0", "127.0", "127.0.0.1", "127.0.x"} {
		if _, _, err := claimNet(wanted, 1); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("%q: %v, want advice", wanted, err)
		}
	}
}
