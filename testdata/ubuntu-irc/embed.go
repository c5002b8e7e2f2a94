// Package ubuntuirc holds real conversations of the public #ubuntu IRC channel, so that an installed binary can show them.
//
// It owns the files of the corpus (see README.md for their source and licence, CC BY 4.0) and which conversations there are.
// It refuses to read them: package internal/irc knows their form. Everything here is constant and safe for concurrent use.
//
//	for _, c := range ubuntuirc.Conversations() {
//		raw, annotation, err := c.Open()
//	}
package ubuntuirc

import (
	"embed"
	"fmt"
)

//go:embed *.txt
var files embed.FS

// Conversation is one stretch of the channel.
type Conversation struct {
	File    string // name of its files without their suffix
	Year    string // when it took place
	Name    string // short and unique, fit for a channel
	Subject string // what people talked about then, one line
}

// Conversations lists what is here, oldest first.
func Conversations() []Conversation {
	return []Conversation{
		{"2004-11-15_03", "2004", "2004-11-warty", "The first release, 4.10 Warty Warthog, is four weeks old"},
		{"2005-06-27_12", "2005", "2005-06-hoary", "5.04 Hoary Hedgehog, and the road to Breezy"},
		{"2006-06-01.train-a", "2006", "2006-06-dapper", "1 June 2006: the day 6.06 Dapper Drake came out"},
		{"2006-12-10.train-a", "2006", "2006-12-edgy", "6.10 Edgy Eft"},
		{"2007-06-17.train-a", "2007", "2007-06-feisty", "7.04 Feisty Fawn"},
		{"2008-04-27.train-a", "2008", "2008-04-hardy", "8.04 Hardy Heron, three days old"},
		{"2008-12-11_11", "2008", "2008-12-intrepid", "8.10 Intrepid Ibex"},
		{"2009-10-01_17", "2009", "2009-10-jaunty", "9.04 Jaunty Jackalope, with Karmic in beta"},
		{"2011-05-29_19", "2011", "2011-05-natty", "11.04 Natty Narwhal and its new desktop"},
		{"2011-11-13_02", "2011", "2011-11-oneiric", "11.10 Oneiric Ocelot"},
		{"2016-12-19_20", "2016", "2016-12-xenial", "16.04 Xenial Xerus and 16.10 Yakkety Yak"},
	}
}

// Open gives a conversation's lines and the links between them, as they stand in the corpus.
func (c Conversation) Open() (raw, annotation []byte, err error) {
	if raw, err = files.ReadFile(c.File + ".raw.txt"); err != nil {
		return nil, nil, fmt.Errorf("open conversation: %w", err)
	}
	if annotation, err = files.ReadFile(c.File + ".annotation.txt"); err != nil {
		return nil, nil, fmt.Errorf("open conversation: %w", err)
	}
	return raw, annotation, nil
}
