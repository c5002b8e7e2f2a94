package cql

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage/wide"
)

// readBack answers the question after a lost answer: the row, with the number of the last commit tried or another's.
func readBack(mine bool, r *heldRow) readAnswer {
	return readAnswer{rows: func(s *script) []wide.Row {
		id := wide.Value{Int: 42, Valid: true}
		if mine {
			id.Int = s.tried[len(s.tried)-1][0].values[0].(int64)
		}
		row := make(wide.Row, len(helds.Meta().Columns))
		if r != nil {
			row = helds.Update(*r, heldNote).Row
		}
		return []wide.Row{append(wide.Row{id}, row...)}
	}}
}

func TestSettle(t *testing.T) {
	before, after, other := heldRow{1, 1, "a", 4, ""}, heldRow{1, 1, "a", 5, ""}, heldRow{1, 1, "a", 9, ""}
	neighbour := heldRow{1, 2, "b", 1, ""}
	raise := wide.Commit{If: helds.IfEqual(before, heldEpoch), Writes: []wide.Write{helds.Update(after, heldEpoch)}}
	claim := wide.Commit{If: helds.IfAbsent(before), Writes: []wide.Write{helds.Insert(before)}}
	free := wide.Commit{If: helds.IfPresent(before), Writes: []wide.Write{helds.Delete(before)}}
	beside := wide.Commit{If: helds.IfPresent(before), Writes: []wide.Write{helds.Insert(neighbour)}}
	annul := wide.Commit{If: helds.IfEqual(before, heldNote), Writes: []wide.Write{helds.DeletePartition(before)}}
	gone := readAnswer{}
	yes, lost, gaveUp := casAnswer{applied: true}, casAnswer{err: errLost}, casAnswer{err: errGaveUp}
	cases := []struct {
		name    string
		commit  wide.Commit
		answers []casAnswer
		reads   []readAnswer
		applied bool
		want    error
	}{
		{"applied", raise, []casAnswer{yes}, nil, true, nil},
		{"refused by the condition", raise, []casAnswer{{}}, nil, false, nil},
		{"answer lost, the number is ours", raise, []casAnswer{lost}, []readAnswer{readBack(true, &after)}, true, nil},
		{"answer lost, another's number", raise, []casAnswer{lost}, []readAnswer{readBack(false, &other)}, false, wide.ErrUnknownOutcome},
		{"answer lost, nothing changed yet", raise, []casAnswer{lost}, []readAnswer{readBack(false, &before)}, false, wide.ErrUnknownOutcome},
		{"no answer, nothing changed yet", raise, []casAnswer{{err: errSilent}}, []readAnswer{readBack(false, &before)}, false, wide.ErrUnknownOutcome},
		{"server gave up, nothing changed", raise, []casAnswer{gaveUp, yes}, []readAnswer{readBack(false, &before)}, true, nil},
		{"server gave up, the number is ours", raise, []casAnswer{gaveUp}, []readAnswer{readBack(true, &after)}, true, nil},
		{"server gave up, another was faster", raise, []casAnswer{gaveUp}, []readAnswer{readBack(false, &other)}, false, wide.ErrUnknownOutcome},
		{"server gave up on a claim, still free", claim, []casAnswer{gaveUp, yes}, []readAnswer{gone}, true, nil},
		{"server gave up on a claim, taken", claim, []casAnswer{gaveUp}, []readAnswer{readBack(false, &before)}, false, wide.ErrUnknownOutcome},
		{"server gave up on a deletion, still there", free, []casAnswer{gaveUp, yes}, []readAnswer{readBack(false, &before)}, true, nil},
		{"server gave up on a deletion, gone", free, []casAnswer{gaveUp}, []readAnswer{gone}, true, nil},
		{"answer to a deletion lost, gone", free, []casAnswer{lost}, []readAnswer{gone}, true, nil},
		{"a condition that outlives its commit", beside, []casAnswer{gaveUp}, []readAnswer{readBack(false, &before)}, false, wide.ErrUnknownOutcome},
		{"a deletion whose row need not have been there", annul, []casAnswer{lost}, []readAnswer{gone}, false, wide.ErrUnknownOutcome},
		{"reading back fails", raise, []casAnswer{lost}, failed(errInvalid), false, wide.ErrUnknownOutcome},
		{"not sent, then well", raise, []casAnswer{{err: errNobody}, yes}, nil, true, nil},
		{"too few replicas, then well", raise, []casAnswer{{err: unavailable(gocql.LocalSerial)}, yes}, nil, true, nil},
		{"too few replicas at the commit", raise, []casAnswer{{err: unavailable(gocql.LocalQuorum)}}, []readAnswer{readBack(true, &after)}, true, nil},
		{"invalid", raise, []casAnswer{{err: errInvalid}}, nil, false, wide.ErrInvalid},
		{"full", raise, []casAnswer{{err: errFull}}, nil, false, wide.ErrStorageFull},
		{"no right", raise, []casAnswer{{err: errDenied}}, nil, false, wide.ErrUnavailable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &script{t: t, answers: c.answers, reads: c.reads}
			applied, err := scriptedEngine(s, time.Second).Commit(t.Context(), c.commit)
			if applied != c.applied || !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("applied %v, error %v; want %v, %v", applied, err, c.applied, c.want)
			}
			if len(s.tried) != len(c.answers) || len(s.asked) < len(c.reads) {
				t.Errorf("tried %d times, read %d times", len(s.tried), len(s.asked))
			}
			for _, q := range s.asked {
				if !q.serial {
					t.Error("read back outside the serial order")
				}
			}
		})
	}
}

func failed(err error) []readAnswer {
	return []readAnswer{{err: err}}
}

// TestAttemptsHaveTheirOwnNumber: a number that two attempts shared would make the first one's late success look like the
// second's.
func TestAttemptsHaveTheirOwnNumber(t *testing.T) {
	s := &script{t: t, answers: []casAnswer{{err: errNobody}, {err: errNobody}, {applied: true}}}
	row := heldRow{Part: 1, Seq: 1, Holder: "a"}
	if ok, err := scriptedEngine(s, time.Second).Commit(t.Context(), wide.Commit{If: helds.IfPresent(row)}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	seen := make(map[any]bool)
	for _, one := range s.tried {
		seen[one[0].values[0]] = true
	}
	if len(seen) != 3 {
		t.Errorf("3 attempts had %d numbers", len(seen))
	}
}

// TestAbsentWithSeveralMandatoryColumns: a row that lacks only its second mandatory column is absent too, and one that has
// both is not.
func TestAbsentWithSeveralMandatoryColumns(t *testing.T) {
	row := heldRow{Part: 1, Seq: 1, Holder: "a", Epoch: 1}
	claim := wide.Commit{If: helds.IfAbsent(row), Writes: []wide.Write{helds.Insert(row)}}
	half := readAnswer{rows: func(*script) []wide.Row {
		r := helds.Insert(row).Row
		r[3] = wide.Value{}
		return []wide.Row{append(wide.Row{{}}, r...)}
	}}
	s := &script{t: t, answers: []casAnswer{{}, {applied: true}}, reads: []readAnswer{half}}
	if ok, err := scriptedEngine(s, time.Second).Commit(t.Context(), claim); !ok || err != nil {
		t.Errorf("half a row: %v %v", ok, err)
	}
	if !strings.HasSuffix(s.tried[0][0].text, "IF holder=null") || !strings.HasSuffix(s.tried[1][0].text, "IF epoch=null") {
		t.Errorf("asked %q, %q", s.tried[0][0].text, s.tried[1][0].text)
	}
	s = &script{t: t, answers: []casAnswer{{}}, reads: []readAnswer{readBack(false, &row)}}
	if ok, err := scriptedEngine(s, time.Second).Commit(t.Context(), claim); ok || err != nil {
		t.Errorf("a whole row: %v %v", ok, err)
	}
}

// TestSettleEndsWithItsContext: when the caller's time is over there is no reading back.
func TestSettleEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &script{t: t, answers: []casAnswer{{err: errLost}}}
	e := scriptedEngine(s, time.Second)
	e.link = cancelling{s, cancel}
	row := heldRow{Part: 1, Seq: 1, Holder: "a"}
	_, err := e.Commit(ctx, wide.Commit{If: helds.IfPresent(row)})
	if !errors.Is(err, wide.ErrUnknownOutcome) || len(s.asked) != 0 {
		t.Errorf("%v after %d questions", err, len(s.asked))
	}
}

// cancelling ends the caller's context while a conditional commit is under way.
type cancelling struct {
	*script
	cancel context.CancelFunc
}

func (c cancelling) cas(ctx context.Context, list []statement) (bool, error) {
	c.cancel()
	return c.script.cas(ctx, list)
}
