package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What the server can be told to do besides. A scenario's table [server] becomes these flags.
var (
	controls  = flag.String("control", "", "socket `OPTIONS` that ListenConfig.Control sets to 1")
	keepAlive = flag.Int("keep-alive", 0, "ListenConfig.KeepAlive in `SECONDS`, below 0 for none")
	backlog   = flag.Int("backlog", -1, "call listen(2) once more, with this `BACKLOG`")
	deadline  = flag.Int("deadline", 0, "give Accept a deadline, so many `MILLISECONDS` from now")
	reply     = flag.String("reply", "", "the `TEXT` to write back once a connection has been read")
	closeOn   = flag.String("close-on", "", "the `TEXT` at which the first listener is closed")
	retry     = flag.Bool("retry", false, "after an error of Accept that may pass, wait and go on")
	readMost  = flag.Int("read-most", -1, "read so many `BYTES` of a connection, then close it")
)

// The functions below are for those options: without them all that happens is in main.go. The
// recordings that come with the scenarios name lines of this file: where a change moves a function,
// every recording that has it is made anew.
//
// Socket options are in socket_options.go, and what is done about errors of Accept and about
// connections that are not read to their end is in connections.go; package flag wants no more than
// the variables above.
var (
	special     bool           // whether an option concerns listening or accepting
	first       net.Listener   // the one that closeOn closes
	connections sync.WaitGroup // those that are still being served
)

// commandLine parses the options and returns the arguments, at least one address among them.
func commandLine() (network string, addresses []string) {
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: server [OPTIONS] NETWORK ADDRESS... (server tcp 127.0.0.1:0)")
		os.Exit(2)
	}
	special = *controls != "" || *keepAlive != 0 || *backlog >= 0 || *deadline > 0 || *closeOn != "" ||
		*retry || *readMost >= 0
	return flag.Arg(0), flag.Args()[1:]
}

// mainWithOptions does what main does, on every address and as the options say.
func mainWithOptions(network string, addresses []string) {
	var others []net.Listener
	for _, address := range addresses {
		if address == "same" && first != nil {
			address = first.Addr().String()
		}
		listener, err := listen(network, address)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("listening on", listener.Addr())
		if first == nil {
			first = listener
		} else {
			others = append(others, listener)
		}
	}
	for _, listener := range others {
		go acceptLoop(listener)
	}
	acceptLoop(first)
}

// listen opens one listener as the options say.
//
//go:noinline
func listen(network, address string) (net.Listener, error) {
	config := net.ListenConfig{KeepAlive: time.Duration(*keepAlive) * time.Second}
	if *controls != "" {
		config.Control = control // called between socket and bind
	}
	listener, err := config.Listen(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	if *backlog >= 0 {
		err = listenAgain(listener, *backlog)
	}
	if err == nil && *deadline > 0 {
		until := time.Now().Add(time.Duration(*deadline) * time.Millisecond)
		err = listener.(interface{ SetDeadline(time.Time) error }).SetDeadline(until)
	}
	return listener, err
}

// control is the hook of ListenConfig: the socket is there, and has no address yet.
func control(network, address string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(descriptor uintptr) {
		for _, option := range strings.Split(*controls, ",") {
			known, ok := socketOptions[option]
			if !ok {
				failed = errors.New("unknown socket option " + option)
				return
			}
			failed = syscall.SetsockoptInt(int(descriptor), known.level, known.name, 1)
			if failed != nil {
				failed = os.NewSyscallError("setsockopt", failed)
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}

// listenAgain changes the backlog, for which net has no option: listen(2) may be called on a
// socket that listens already, and then does only that.
func listenAgain(listener net.Listener, backlog int) error {
	raw, err := listener.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(descriptor uintptr) {
		failed = os.NewSyscallError("listen", syscall.Listen(int(descriptor), backlog))
	})
	if err != nil {
		return err
	}
	return failed
}

// acceptLoop accepts until that fails. If the listener was closed on purpose it returns, once
// every connection has been served.
func acceptLoop(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			if goOn(err) {
				continue
			}
			connections.Wait()
			return
		}
		connections.Add(1)
		go func() {
			defer connections.Done()
			handle(connection)
		}()
	}
}

// answer does what the options want done for a connection that has been read to its end.
//
//go:noinline
func answer(connection net.Conn, received []byte) {
	if *closeOn != "" && string(received) == *closeOn {
		first.Close()
	}
	if *reply != "" {
		if _, err := io.WriteString(connection, *reply); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
