package main

import (
	"io"
	"log"
	"net"
	"sync"
)

// passOn connects whoever connects to l with the address to.
func passOn(l net.Listener, to string) error {
	for {
		in, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer in.Close()
			out, err := net.Dial("tcp", to)
			if err != nil {
				log.Print(err)
				return
			}
			defer out.Close()
			var both sync.WaitGroup
			both.Go(func() { pipe(out, in) })
			both.Go(func() { pipe(in, out) })
			both.Wait()
		}()
	}
}

// pipe copies until one side ends, and tells the other.
func pipe(to, from net.Conn) {
	io.Copy(to, from) // a broken connection shows at both ends
	if tcp, ok := to.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
}
