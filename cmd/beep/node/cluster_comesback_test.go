package node_test

import (
	"testing"
)

// TestClusterComesBack: who left at a node that could not announce it, and came back at another, is a member: the late news of
// the leaving takes nothing away.
func TestClusterComesBack(t *testing.T) {
	t.Parallel()
	c := openCluster(t, 2)
	ann, bob := c.at(1).register("ann"), c.at(1).register("bob")
	server := ann.server("Revolving")
	channel := ann.channel(server, "talk")
	bob.join(server)
	c.Heard()
	c.WayToRedis(2).Silence(true)
	bob.at(c.at(2)).must("DELETE", "/servers/"+server.String()+"/members/@me", nil, nil)
	bob.join(server)
	early := c.tour(bob, 1<<30, c.at(1))
	c.WayToRedis(2).Silence(false)
	c.WayToRedis(2).Cut()
	c.Heard()
	end := ann.send(channel, "the end")
	early.until("the end", early.heard(end.ID))
	early.agrees(t, c)
}
