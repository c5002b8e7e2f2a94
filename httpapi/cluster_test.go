package httpapi_test

import (
	"testing"

	"github.com/beep-chat/beep/httpapi/apitest"
)

// TestCluster runs the tables of this package on two nodes that share a Cassandra and a Redis: every request goes to the
// other node than the one before it. What needs a clock that is moved, or a fault in the embedded store, is left out.
func TestCluster(t *testing.T) {
	twoNodes = apitest.StartCluster(t, 2)
	t.Cleanup(func() { twoNodes = nil })
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"Flows", TestFlows},
		{"FlowsBite", TestFlowsBite},
		{"Scenarios", TestScenarios},
		{"EveryOperation", TestEveryOperation},
		{"FanOutAsks", TestFanOutAsks},
		{"EachRight", TestEachRight},
		{"PermissionsOnTheWire", TestPermissionsOnTheWire},
		{"ForeignIDs", TestForeignIDs},
		{"Card", TestCard},
		{"Nonce", TestNonce},
		{"Replies", TestReplies},
		{"EditsAndDeletion", TestEditsAndDeletion},
		{"History", TestHistory},
		{"ReadMarker", TestReadMarker},
		{"ReadMarkersAtOnce", TestReadMarkersAtOnce},
		{"Mentions", TestMentions},
		{"MentionEveryone", TestMentionEveryone},
		{"Versions", TestVersions},
		{"PluginVersions", TestPluginVersions},
		{"PluginEvent", TestPluginEvent},
		{"Verdicts", TestVerdicts},
		{"Categories", TestCategories},
		{"DeleteServer", TestDeleteServer},
		{"Leave", TestLeave},
		{"Visibility", TestVisibility},
		{"MemberPages", TestMemberPages},
		{"OnePersonsWays", TestOnePersonsWays},
		{"InviteUses", TestInviteUses},
		{"InviteRevokedMeanwhile", TestInviteRevokedMeanwhile},
		{"JoinWhileDeleted", TestJoinWhileDeleted},
		{"ChannelsPerServer", TestChannelsPerServer},
		{"IdempotencyKeyIsTheActors", TestIdempotencyKeyIsTheActors},
		{"StreamFilters", TestStreamFilters},
		{"Interest", TestInterest},
		{"Resume", TestResume},
		{"SyncThenStream", TestSyncThenStream},
		{"UsernamesAreUnique", TestUsernamesAreUnique},
		{"ChangePassword", TestChangePassword},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t) })
	}
}
