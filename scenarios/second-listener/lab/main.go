// Two listeners, one poller: whoever comes to either address is served.
//
// It is started with a network and two addresses: server tcp 127.0.0.1:0 127.0.0.1:0
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	var listeners []net.Listener
	for _, address := range os.Args[2:] {
		listener, err := net.Listen(os.Args[1], address)
		if err != nil {
			fail(err)
		}
		listeners = append(listeners, listener)
	}
	for { // This part is yours: whoever comes to the second one waits for somebody at the first.
		for _, listener := range listeners {
			connection, err := listener.Accept()
			if err != nil {
				fail(err)
			}
			serve(connection)
		}
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
