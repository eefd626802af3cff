// Cap a backlog: the listener that net.Listen opens has to get a backlog of 8 before it accepts.
//
// It is started with a network and an address: server tcp 127.0.0.1:0
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	capBacklog(listener, 8)
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		go serve(connection)
	}
}

// capBacklog gives the listener this backlog.
func capBacklog(listener net.Listener, backlog int) {
	// This part is yours.
}

// serve reads what a client sends, and prints it.
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
