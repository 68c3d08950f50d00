// Command slipway compiles a fleet of services into the files that deliver them. This
// package is flags, files, colours and exit codes; it decides nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"os/user"
	"runtime/debug"
	"syscall"
	"time"

	"slipway.dev/compiler"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w := world{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		color: isTerminal(os.Stderr) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		now:   time.Now,
		user:  userName,
	}
	os.Exit(run(ctx, w, os.Args[1:]))
}

// world is all that a command has of its surroundings.
type world struct {
	in       io.Reader
	out, err io.Writer
	color    bool
	now      func() time.Time
	user     func() string
	http     *http.Client // for registries; nil: the usual one
}

// Exit codes, as documented in README.md.
const (
	exitOK       = 0
	exitFindings = 1 // the spec is wrong, or the output is not up to date
	exitUsage    = 2 // wrong flags, or the world failed: a file could not be read or written
	exitBug      = 3 // our own mistake
)

// exit is an error that only carries an exit code: all has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run runs one command line and returns its exit code.
func run(ctx context.Context, w world, args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			code = confess(w, fmt.Sprint(r), debug.Stack())
		}
	}()
	root := newRoot(w)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var bug *compiler.Bug
	if errors.As(err, &bug) {
		return confess(w, bug.Error(), bug.Stack)
	}
	switch e := err.(type) {
	case nil:
		return exitOK
	case exit:
		return int(e)
	case unfit:
		return exitFindings
	default:
		fmt.Fprintf(w.err, "slipway: %v\n", e)
		return exitUsage
	}
}

// confess says that we made a mistake.
func confess(w world, what string, stack []byte) int {
	fmt.Fprintf(w.err, "slipway: this is a bug in slipway, not in your spec: %s\n\n%s\nPlease report it with the command and the spec at hand.\n", what, stack)
	return exitBug
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}
