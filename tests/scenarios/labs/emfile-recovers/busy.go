// Survive EMFILE: this process has descriptors for one connection at a time, and two clients come.
//
// It is started with a network and an address: server tcp 127.0.0.1:0
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

func main() {
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			if !errors.Is(err, syscall.EMFILE) {
				fail(err)
			}
			continue
		}
		go serve(connection)
	}
}

// serve prints what a client sends, until it has closed.
func serve(connection net.Conn) {
	defer connection.Close()
	received := make([]byte, 512)
	for {
		count, err := connection.Read(received)
		if err != nil {
			return
		}
		fmt.Printf("%s sent %q\n", connection.RemoteAddr(), received[:count])
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
