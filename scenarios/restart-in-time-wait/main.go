// Restart gives its port up and takes it again, four times, each time with something else left
// behind: a connection in TIME_WAIT, one that is still open, and a second descriptor of the
// listener, as a child has it that was started with it.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
)

func main() {
	network, address := os.Args[1], os.Args[2]
	listener := must(listen(network, address, nil))
	fmt.Println("listening on", listener.Addr())
	address = listener.Addr().String() // from now on always this port

	serveAndClose(listener)
	listener.Close()
	giveUp(try("in TIME_WAIT, without SO_REUSEADDR", network, address, withoutReuse))
	listener = try("in TIME_WAIT, with it", network, address, nil)

	connection := must(listener.Accept())
	listener.Close()
	giveUp(try("a connection is open, without SO_REUSEADDR", network, address, withoutReuse))
	listener = try("a connection is open, with it", network, address, nil)

	file := must(listener.(*net.TCPListener).File())
	listener.Close()
	giveUp(try("the listener is held elsewhere, with it", network, address, nil))
	file.Close()
	listener = try("nobody holds it any longer", network, address, nil)
	connection.Close()
	listener.Close()
}

// serveAndClose takes one connection and is the first to close it: so it is this side that has to
// wait in TIME_WAIT.
//
//go:noinline
func serveAndClose(listener net.Listener) {
	connection := must(listener.Accept())
	connection.Read(make([]byte, 64))
	connection.Close()
}

// try listens on the address and says how that went.
//
//go:noinline
func try(what, network, address string, control hook) net.Listener {
	listener, err := listen(network, address, control)
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		return nil
	}
	fmt.Printf("%s: listening\n", what)
	return listener
}

type hook func(network, address string, raw syscall.RawConn) error

//go:noinline
func listen(network, address string, control hook) (net.Listener, error) {
	config := net.ListenConfig{Control: control}
	return config.Listen(context.Background(), network, address)
}

// withoutReuse takes back what Go has just set.
func withoutReuse(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(descriptor uintptr) {
		failed = syscall.SetsockoptInt(int(descriptor), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
	})
	if err != nil {
		return err
	}
	return failed
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// giveUp closes a listener that nobody had expected to get: of a client that was the first to close,
// TIME_WAIT is on the client's side.
func giveUp(listener net.Listener) {
	if listener != nil {
		listener.Close()
	}
}
