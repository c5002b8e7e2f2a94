package main

import "fmt"

// atMost adds a figure that has a goal it must not exceed, and says whether it was met.
func (r *report) atMost(part, name string, value, goal float64, unit, note string) {
	r.goal(part, name, value, unit, "<= "+number(goal)+" "+unit, value <= goal, note)
}

// atLeast adds a figure that has a goal it must reach.
func (r *report) atLeast(part, name string, value, goal float64, unit, note string) {
	r.goal(part, name, value, unit, ">= "+number(goal)+" "+unit, value >= goal, note)
}

func (r *report) goal(part, name string, value float64, unit, goal string, met bool, note string) {
	verdict := "met"
	if !met {
		verdict = "NOT MET"
	}
	text := fmt.Sprintf("goal %s: %s", goal, verdict)
	if note != "" {
		text += "; " + note
	}
	r.add(part, name, value, unit, text)
}
