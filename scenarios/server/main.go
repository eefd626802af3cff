// Server is the program whose way from net.Listen to Accept is walked: it listens, gives every
// connection a goroutine of its own, and prints what that connection sent.
//
// Usage: server [OPTIONS] NETWORK ADDRESS..., for instance: server tcp 127.0.0.1:0
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	// Without options, and with one address, all that happens is in this file.
	network, addresses := commandLine()
	if special || len(addresses) > 1 {
		mainWithOptions(network, addresses)
		return
	}
	address := addresses[0]

	// One line here; nearly everything that this program is for happens inside it.
	listener, err := net.Listen(network, address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// With port 0 the kernel has picked the port, so say which: nobody could connect otherwise.
	fmt.Println("listening on", listener.Addr())

	for {
		// To this goroutine Accept seems to block. The thread under it never does.
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		// Back to Accept at once: a connection that is slow to speak holds up nobody else.
		go serve(connection)
	}
}

// serve reads one connection to its end and prints what came. It is a named function, not a
// closure, so that a stack trace says what the goroutine is doing.
func serve(connection net.Conn) {
	defer connection.Close()

	received, err := io.ReadAll(connection)
	// Even when reading failed, what came before is worth showing. It came from anyone at all,
	// so %q: no byte of it reaches the terminal as itself.
	fmt.Printf("%s sent %q\n", connection.RemoteAddr(), received)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	answer(connection, received) // nothing, unless an option says so
}
