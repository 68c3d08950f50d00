// Command gitserver serves the Git repositories below a folder over HTTPS, with the
// distribution's git http-backend: anyone may read, who has the token may push. It also
// passes connections on from one address to another.
//
// It is part of the cluster that tests run on one machine, and good for nothing else.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	var root, cert, key, token string
	var listen, forward list
	flag.StringVar(&root, "root", "", "serve the repositories below this `folder`")
	flag.StringVar(&cert, "cert", "", "certificate `file`")
	flag.StringVar(&key, "key", "", "key `file`")
	flag.StringVar(&token, "token-file", "", "`file` with the password for pushing")
	flag.Var(&listen, "listen", "listen on this `address`; may be repeated")
	flag.Var(&forward, "forward", "pass connections on, as `from=to`; may be repeated")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, root, cert, key, token, listen, forward); err != nil {
		log.Fatal(err)
	}
}

type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func run(ctx context.Context, root, cert, key, tokenFile string, listen, forward []string) error {
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	backend, err := newBackend(root, strings.TrimSpace(string(token)))
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           backend,
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}},
	}
	failed := make(chan error, 1)
	for _, address := range listen {
		l, err := listenOn(ctx, address)
		if err != nil {
			return err
		}
		go func() { failed <- server.ServeTLS(l, "", "") }()
	}
	for _, f := range forward {
		from, to, ok := strings.Cut(f, "=")
		if !ok {
			return fmt.Errorf("-forward %q: expected from=to", f)
		}
		l, err := listenOn(ctx, from)
		if err != nil {
			return err
		}
		go func() { failed <- passOn(l, to) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

// listenOn listens also on an address that the machine is to get later: that of a bridge.
func listenOn(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) error {
		var err error
		return errors.Join(conn.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_FREEBIND, 1)
		}), err)
	}}
	return config.Listen(ctx, "tcp4", address)
}
