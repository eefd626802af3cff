// Dial takes the other branch of the path: it connects to somebody who listens, says a line, and
// prints what it hears.
//
// Usage: dial [-say TEXT] NETWORK ADDRESS, for instance: dial tcp 127.0.0.1:7099
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
)

var say = flag.String("say", "hello\n", "the `TEXT` to send")

func main() {
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: dial [-say TEXT] NETWORK ADDRESS (dial tcp 127.0.0.1:7099)")
		os.Exit(2)
	}

	// It returns when the connection stands, or when it is clear that none will.
	connection, err := net.Dial(flag.Arg(0), flag.Arg(1))
	if err != nil {
		fail(err)
	}
	fmt.Println("connected to", connection.RemoteAddr())

	if _, err := io.WriteString(connection, *say); err != nil {
		fail(err)
	}
	received, err := io.ReadAll(connection) // until the other side closes
	fmt.Printf("%s sent %q\n", connection.RemoteAddr(), received)
	if err != nil {
		fail(err)
	}
	if err := connection.Close(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
