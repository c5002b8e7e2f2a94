package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/beep-chat/beep/api/client"
	"github.com/beep-chat/beep/core"
)

// Bounds of what a Loader has under way, and how often it tries one request.
const (
	arrivals    = 8 // people who come in at once; the channels are as many as the plan has
	maxAttempts = 8
	firstWait   = 100 * time.Millisecond
)

// Stage is what a Loader is busy with.
type Stage string

// The stages, in their order.
const (
	Arriving Stage = "people"
	Talking  Stage = "messages"
)

// Options say how to load a plan.
type Options struct {
	Password string       // of every account that is made
	Hold     int          // last lines of each channel that Load leaves to Live
	HTTP     *http.Client // nil: one of its own
	// Progress, if not nil, hears of what was done of a stage, from several goroutines at once.
	Progress func(stage Stage, done, total int)
}

// Report is what a Load found and did.
type Report struct {
	People   int           // who came in this time
	Present  int           // messages that were there already
	Sent     int           // messages that were sent
	Sending  time.Duration // how long that took
	Channels int
}

// Loader carries a plan out.
type Loader struct {
	plan  Plan
	o     Options
	rest  *client.ClientWithResponses
	names map[string]int // username -> index into plan.People
	in    []account      // by index into plan.People
	owner account
	guest account

	server   core.ServerID
	channels []core.ChannelID
	ids      [][]core.MessageID // by channel and line, 0: not sent
}

// account is a person who may have come in. Only one goroutine at a time uses it.
type account struct {
	person Person
	token  string
}

// NewLoader makes a loader.
func NewLoader(plan Plan, o Options) *Loader {
	if o.Progress == nil {
		o.Progress = func(Stage, int, int) {}
	}
	if o.HTTP == nil {
		transport := &http.Transport{MaxIdleConnsPerHost: arrivals + len(plan.Channels), IdleConnTimeout: 10 * time.Second}
		o.HTTP = &http.Client{Transport: transport, Timeout: time.Minute}
	}
	l := &Loader{plan: plan, o: o, names: map[string]int{}, owner: account{person: plan.Owner}, guest: account{person: plan.Guest}}
	for i, p := range plan.People {
		l.names[p.Username] = i
		l.in = append(l.in, account{person: p})
	}
	return l
}

// Load makes what is missing of the plan at a running Beep, whose base URL it is given. An error leaves a part done; another
// Load goes on from there.
func (l *Loader) Load(ctx context.Context, base string) (Report, error) {
	if err := l.at(base); err != nil {
		return Report{}, err
	}
	defer l.o.HTTP.CloseIdleConnections()
	if err := l.build(ctx); err != nil {
		return Report{}, err
	}
	report := Report{Channels: len(l.channels)}
	starts, err := l.catchUp(ctx)
	if err != nil {
		return report, err
	}
	if report.People, err = l.arrive(ctx, starts); err != nil {
		return report, err
	}
	for _, s := range starts {
		report.Present += s
	}
	began := time.Now()
	report.Sent, err = l.talk(ctx, starts)
	report.Sending = time.Since(began)
	return report, err
}

func (l *Loader) at(base string) (err error) {
	l.rest, err = client.NewClientWithResponses(strings.TrimSuffix(base, "/")+"/api/v1", client.WithHTTPClient(l.o.HTTP))
	return err
}

// build makes the server with its categories and channels, where they are missing.
func (l *Loader) build(ctx context.Context) error {
	if err := l.enter(ctx, &l.owner); err != nil {
		return err
	}
	err := retry(ctx, "find the server", func() (err error) {
		l.server, err = l.findServer(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if err := l.comeIn(ctx, &l.guest); err != nil {
		return err
	}
	return retry(ctx, "make the channels", func() error { return l.makeChannels(ctx) })
}

func (l *Loader) findServer(ctx context.Context) (core.ServerID, error) {
	mine, err := l.rest.ListMyServersWithResponse(ctx, l.owner.sign)
	if err := checked(err, mine); err != nil {
		return 0, err
	}
	for _, s := range mine.JSON200.Items {
		if s.Name == ServerName {
			return s.ID, nil
		}
	}
	made, err := l.rest.CreateServerWithResponse(ctx, nil, client.CreateServerRequest{Name: ServerName, Description: serverDescription,
		Visibility: core.Public}, l.owner.sign)
	if err := checked(err, made); err != nil {
		return 0, err
	}
	return made.JSON201.ID, nil
}

func (l *Loader) makeChannels(ctx context.Context) error {
	list, err := l.rest.ListChannelsWithResponse(ctx, l.server, l.owner.sign)
	if err := checked(err, list); err != nil {
		return err
	}
	there := map[string]core.ChannelID{}
	for _, c := range list.JSON200.Items {
		there[string(c.Type)+" "+c.Name] = c.ID
	}
	find := func(body client.CreateChannelRequest) (core.ChannelID, error) {
		key := string(body.Type) + " " + body.Name
		if id := there[key]; id != 0 {
			return id, nil
		}
		made, err := l.rest.CreateChannelWithResponse(ctx, l.server, nil, body, l.owner.sign)
		if err := checked(err, made); err != nil {
			return 0, err
		}
		there[key] = made.JSON201.ID
		return made.JSON201.ID, nil
	}
	l.channels = nil
	for _, c := range l.plan.Channels {
		category, err := find(client.CreateChannelRequest{Name: c.Category, Type: core.CategoryChannel})
		if err != nil {
			return err
		}
		id, err := find(client.CreateChannelRequest{Name: c.Name, Type: core.TextChannel, Topic: c.Topic, ParentID: &category})
		if err != nil {
			return err
		}
		l.channels = append(l.channels, id)
	}
	return nil
}

// catchUp reads what the channels hold and gives for each the first line that is to be sent: the one after the last that is
// there, so that a message that somebody deleted does not come back at the end.
func (l *Loader) catchUp(ctx context.Context) (starts []int, err error) {
	starts = make([]int, len(l.channels))
	l.ids = make([][]core.MessageID, len(l.channels))
	g, ctx := errgroup.WithContext(ctx)
	for i := range l.channels {
		g.Go(func() (err error) {
			l.ids[i], starts[i], err = l.history(ctx, i)
			return err
		})
	}
	return starts, g.Wait()
}

func (l *Loader) history(ctx context.Context, channel int) (ids []core.MessageID, start int, err error) {
	lines := l.plan.Channels[channel].Lines
	ids = make([]core.MessageID, len(lines))
	byNonce := make(map[string]int, len(lines))
	for i, line := range lines {
		byNonce[line.Nonce] = i
	}
	limit := core.MaxPage
	params := client.ListMessagesParams{Limit: &limit}
	for {
		var page []core.Message
		err := retry(ctx, "read the history", func() error {
			answer, err := l.rest.ListMessagesWithResponse(ctx, l.channels[channel], &params, l.owner.sign)
			if err := checked(err, answer); err != nil {
				return err
			}
			page = *answer.JSON200
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		for _, m := range page {
			// The author too: a nonce is the author's own, and anybody may choose one that looks like ours.
			if i, ok := byNonce[m.Nonce]; ok && m.Author.Username == l.plan.People[lines[i].Author].Username {
				ids[i] = m.ID
				start = max(start, i+1)
			}
		}
		if len(page) < limit {
			return ids, start, nil
		}
		params.Before = &page[len(page)-1].ID
	}
}

// held is how many last lines of a channel are left to Live: never more than half of a short one.
func (l *Loader) held(c Channel) int { return min(l.o.Hold, len(c.Lines)/2) }

// arrive brings in whoever writes or is mentioned from the given lines on, held ones included.
func (l *Loader) arrive(ctx context.Context, starts []int) (int, error) {
	wanted := make([]bool, len(l.plan.People))
	total := 0
	for i, c := range l.plan.Channels {
		for _, line := range c.Lines[starts[i]:] {
			for _, p := range []int{line.Author, line.To} {
				if p >= 0 && !wanted[p] && l.in[p].token == "" {
					wanted[p] = true
					total++
				}
			}
		}
	}
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(arrivals)
	for i := range wanted {
		if !wanted[i] {
			continue
		}
		g.Go(func() error {
			if err := l.comeIn(ctx, &l.in[i]); err != nil {
				return err
			}
			l.o.Progress(Arriving, int(done.Add(1)), total)
			return nil
		})
	}
	return total, g.Wait()
}

// talk sends the lines from the given ones on, in order in each channel and all channels at once.
func (l *Loader) talk(ctx context.Context, starts []int) (int, error) {
	total := 0
	for i, c := range l.plan.Channels {
		total += max(0, len(c.Lines)-l.held(c)-starts[i])
	}
	var sent atomic.Int64
	authors := newTurns(len(l.in))
	g, ctx := errgroup.WithContext(ctx)
	for i, c := range l.plan.Channels {
		g.Go(func() error {
			for n := starts[i]; n < len(c.Lines)-l.held(c); n++ {
				if err := authors.with(c.Lines[n].Author, func() error { return l.send(ctx, i, n) }); err != nil {
					return err
				}
				l.o.Progress(Talking, int(sent.Add(1)), total)
			}
			return nil
		})
	}
	err := g.Wait()
	return int(sent.Load()), err
}

// send sends one line. The nonce makes trying again safe.
func (l *Loader) send(ctx context.Context, channel, n int) error {
	line := l.plan.Channels[channel].Lines[n]
	author := &l.in[line.Author]
	body := client.SendMessageRequest{Content: line.Content, Nonce: line.Nonce}
	if line.ReplyTo >= 0 && l.ids[channel][line.ReplyTo] != 0 {
		body.ReplyTo = &l.ids[channel][line.ReplyTo]
	}
	return retry(ctx, "send", func() error {
		if author.token == "" {
			if err := l.comeIn(ctx, author); err != nil {
				return err
			}
		}
		answer, err := l.rest.SendMessageWithResponse(ctx, l.channels[channel], body, author.sign)
		switch err := checked(err, answer); {
		case core.CodeOf(coded(err)) == core.CodeUnauthenticated, core.CodeOf(coded(err)) == core.CodeSessionExpired:
			author.token = "" // it has lived its quarter of an hour; the next attempt signs in again
			return errTryAgain
		case core.CodeOf(coded(err)) == core.CodeReplyNotFound:
			body.ReplyTo = nil // somebody deleted what this answers
			return errTryAgain
		case err != nil:
			return fmt.Errorf("%s %q: %w", line.Nonce, line.Content, err)
		}
		if made := answer.JSON201; made != nil {
			l.ids[channel][n] = made.ID
		} else {
			l.ids[channel][n] = answer.JSON200.ID
		}
		return nil
	})
}

// comeIn has a person sign up, or in, and join the server.
func (l *Loader) comeIn(ctx context.Context, a *account) error {
	if err := l.enter(ctx, a); err != nil {
		return err
	}
	return retry(ctx, "join as "+a.person.Username, func() error {
		answer, err := l.rest.JoinServerWithResponse(ctx, l.server, a.sign)
		return checked(err, answer)
	})
}

// enter signs up; who has an account signs in.
func (l *Loader) enter(ctx context.Context, a *account) error {
	p := a.person
	return retry(ctx, "sign in as "+p.Username, func() error {
		// A dot may not stand everywhere in an address, so it is written as mail writes odd letters.
		mail := strings.ReplaceAll(p.Username, ".", "=2e") + "@demo.example"
		made, err := l.rest.RegisterWithResponse(ctx, client.RegisterRequest{FirstName: p.FirstName, LastName: p.LastName,
			Username: p.Username, Email: mail, Password: l.o.Password})
		err = checked(err, made)
		if err == nil {
			a.token = made.JSON201.AccessToken
			return nil
		}
		if !slices.Contains([]core.Code{core.CodeUsernameTaken, core.CodeEmailTaken}, core.CodeOf(coded(err))) {
			return err
		}
		known, err := l.rest.LoginWithResponse(ctx, client.LoginRequest{Login: p.Username, Password: l.o.Password})
		if err := checked(err, known); err != nil {
			return err
		}
		a.token = known.JSON200.AccessToken
		return nil
	})
}

func (a *account) sign(_ context.Context, r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+a.token)
	return nil
}

// errTryAgain asks retry for another attempt at once.
var errTryAgain = errors.New("try again")
