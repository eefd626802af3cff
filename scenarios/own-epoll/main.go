// Own-epoll serves all connections with one goroutine: it watches them itself, with an epoll of its
// own, instead of giving each a goroutine that waits.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

func main() {
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	fmt.Println("listening on", listener.Addr())

	watcher, err := newWatcher()
	if err != nil {
		fail(err)
	}
	go watcher.serve()
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		// No goroutine for it: a descriptor on a list, and an entry in a map, are all it costs.
		if err := watcher.add(connection); err != nil {
			fail(err)
		}
	}
}

// watcher is an epoll instance, and the connections on its list.
type watcher struct {
	epoll       int
	mutex       sync.Mutex
	connections map[int32]*client
}

// client is one connection, and what it has sent so far.
type client struct {
	net.Conn
	received []byte
}

//go:noinline
func newWatcher() (*watcher, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	return &watcher{epoll: epoll, connections: map[int32]*client{}}, nil
}

// add puts a connection on the list. It is on the list of Go's own poller already: Accept has done
// that, and nothing can take it off again.
//
//go:noinline
func (w *watcher) add(connection net.Conn) error {
	raw, err := connection.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(descriptor uintptr) {
		number := int32(descriptor)
		w.mutex.Lock()
		w.connections[number] = &client{Conn: connection}
		w.mutex.Unlock()
		// Level-triggered, unlike Go's: while there is something to read it is reported each time.
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: number}
		failed = syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_ADD, int(number), &event)
	})
	if err != nil {
		return err
	}
	return os.NewSyscallError("epoll_ctl", failed)
}

// serve waits for all connections at once. The wait is a system call that blocks: this goroutine
// keeps a thread for itself.
//
//go:noinline
func (w *watcher) serve() {
	events := make([]syscall.EpollEvent, 64)
	for {
		count, err := syscall.EpollWait(w.epoll, events, -1)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			fail(os.NewSyscallError("epoll_wait", err))
		}
		for _, event := range events[:count] {
			w.read(event.Fd)
		}
	}
}

// read takes what has come on one connection, once: if there is more, it is reported again.
//
//go:noinline
func (w *watcher) read(number int32) {
	w.mutex.Lock()
	from := w.connections[number]
	w.mutex.Unlock()
	buffer := make([]byte, 512)
	count, err := from.Read(buffer)
	from.received = append(from.received, buffer[:count]...)
	if err == nil {
		return
	}
	fmt.Printf("%s sent %q\n", from.RemoteAddr(), from.received)
	if err != io.EOF {
		fmt.Fprintln(os.Stderr, err)
	}
	w.mutex.Lock()
	delete(w.connections, number)
	w.mutex.Unlock()
	from.Close() // which takes it off both lists: the last descriptor of the socket is gone
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
