package intake

import "fmt"

// Topic is what a note is about.
type Topic string

// The topics, in the order in which a report has them.
const (
	Said      Topic = "said"      // about the import as a whole
	Lifted    Topic = "lifted"    // another version of an API says the same
	Through   Topic = "through"   // no word of the spec says it; it went through patches or manifests
	Words     Topic = "words"     // said in Kubernetes' own words: pod, container, workload
	Unplaced  Topic = "unplaced"  // belongs to no service
	Generated Topic = "generated" // Slipway makes the like of it
	Dropped   Topic = "dropped"   // cannot be said at all
	Accepted  Topic = "accepted"  // what the compiler would refuse, and the spec now allows
	Warned    Topic = "warned"    // what the compiler warns of
	Hardening Topic = "hardening" // what the defaults would do, once asWritten goes
)

// Topics are all topics, in the report's order.
var Topics = []Topic{Said, Dropped, Unplaced, Generated, Through, Words, Accepted, Warned, Hardening, Lifted}

// Note is one thing that a person should know.
type Note struct {
	Topic   Topic
	Service string // "" for none
	Env     string // "" for all
	Object  string // such as Deployment/cart; "" for none
	Text    string
}

// Report is what an import has to say.
type Report struct {
	Notes []Note // in the order in which they came up
}

func (r *Report) say(format string, args ...any) {
	r.Notes = append(r.Notes, Note{Topic: Said, Text: fmt.Sprintf(format, args...)})
}

func (r *Report) note(t Topic, o *Object, format string, args ...any) {
	r.Notes = append(r.Notes, Note{Topic: t, Env: o.Env, Object: o.String(), Text: fmt.Sprintf(format, args...)})
}

// Of returns the notes of a topic. Notes that differ only in their environment are one.
func (r *Report) Of(t Topic) (out []Note) {
	at := map[Note]int{}
	for _, n := range r.Notes {
		if n.Topic != t {
			continue
		}
		key := n
		key.Env = ""
		if i, ok := at[key]; ok {
			if out[i].Env != n.Env && n.Env != "" {
				out[i].Env += ", " + n.Env
			}
			continue
		}
		at[key] = len(out)
		out = append(out, n)
	}
	return out
}
