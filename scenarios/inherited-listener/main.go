// Inherited takes over a socket that listens already, as a service does that systemd starts on
// demand, or the new process of a graceful restart: it is descriptor 3, and LISTEN_FDS says so.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
)

func main() {
	// No address is needed: the socket has one.
	if os.Getenv("LISTEN_FDS") != "1" || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		fail(fmt.Errorf("no socket has been handed over"))
	}
	file := os.NewFile(3, "LISTEN_FD_3")
	listener, err := net.FileListener(file) // which works on a copy of the descriptor
	if err != nil {
		fail(err)
	}
	fmt.Println("listening on", listener.Addr())

	first := serve(listener)
	handOn(listener)
	stopped := make(chan struct{})
	go stop(first, listener, stopped)
	last(listener)
	<-stopped
	notListening()
}

// serve takes the connection that has been waiting in the queue, perhaps from before this program
// was started, and says what it sends first.
//
//go:noinline
func serve(listener net.Listener) net.Conn {
	connection, err := listener.Accept()
	if err != nil {
		fail(err)
	}
	received := make([]byte, 64)
	count, err := connection.Read(received)
	if err != nil && err != io.EOF {
		fail(err)
	}
	fmt.Printf("%s sent %q\n", connection.RemoteAddr(), received[:count])
	return connection
}

// handOn does what it takes to give the listener to a child, as the next graceful restart would:
// a copy of the descriptor, and its number. To have a number makes a file blocking, and the flag is
// shared by all copies: the listener blocks as well from now on.
//
//go:noinline
func handOn(listener net.Listener) {
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		fail(err)
	}
	fmt.Println("a child would get descriptor", file.Fd())
	file.Close()
}

// stop waits until the first client says something more, and closes the listener.
//
//go:noinline
func stop(first net.Conn, listener net.Listener, stopped chan<- struct{}) {
	first.Read(make([]byte, 64))
	listener.Close()
	fmt.Println("closed")
	first.Close()
	close(stopped)
}

// last accepts once more. The socket blocks, so not the goroutine waits but its thread, in accept4;
// and Close cannot end that: it waits for Accept, and Accept for a client.
//
//go:noinline
func last(listener net.Listener) {
	connection, err := listener.Accept()
	if err != nil {
		fail(err)
	}
	fmt.Println("accepted in spite of Close:", connection.RemoteAddr())
	connection.Close()
}

// notListening takes a socket for a listener that is none: nobody notices before Accept.
//
//go:noinline
func notListening() {
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		fail(err)
	}
	file := os.NewFile(uintptr(descriptor), "none")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		fail(err)
	}
	defer listener.Close()
	_, err = listener.Accept()
	fmt.Println(err)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
