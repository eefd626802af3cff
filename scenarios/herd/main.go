// Herd shares two listeners with another process, as the workers of a prefork server do: they are
// descriptors 3 and 4, and LISTEN_FDS says so. Both processes watch both. In this one Go's own
// poller watches the first, and an epoll of our own the second, with EPOLLEXCLUSIVE.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

const (
	plain, exclusive = 3, 4

	exclusively = 1 << 28 // EPOLLEXCLUSIVE, which package syscall does not know
)

func main() {
	if os.Getenv("LISTEN_FDS") != "2" || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		fail(fmt.Errorf("two sockets have to be handed over"))
	}
	file := os.NewFile(plain, "plain")
	defer file.Close()
	listener, err := net.FileListener(file) // which works on a copy of the descriptor
	if err != nil {
		fail(err)
	}
	fmt.Println("sharing", listener.Addr())

	waiter := newWaiter()
	waiter.watch(exclusive)
	go waiter.wait()

	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		fmt.Println("Accept got", connection.RemoteAddr())
		connection.Close()
	}
}

// waiter does without Go's poller, which never asks for EPOLLEXCLUSIVE.
type waiter struct{ epoll int }

//go:noinline
func newWaiter() *waiter {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		fail(err)
	}
	return &waiter{epoll}
}

// watch puts a listener on the list, which must not block: somebody else may be quicker.
//
//go:noinline
func (w *waiter) watch(listener int) {
	if err := syscall.SetNonblock(listener, true); err != nil {
		fail(err)
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | exclusively, Fd: int32(listener)}
	if err := syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_ADD, listener, &event); err != nil {
		fail(err)
	}
}

// wait waits, and after each wake-up tries to accept once.
//
//go:noinline
func (w *waiter) wait() {
	runtime.LockOSThread() // a thread of its own, which waits in the kernel
	events := make([]syscall.EpollEvent, 1)
	for {
		_, err := syscall.EpollWait(w.epoll, events, -1)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			fail(err)
		}
		w.accept(int(events[0].Fd))
	}
}

//go:noinline
func (w *waiter) accept(listener int) {
	connection, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	if err == syscall.EAGAIN {
		fmt.Println("the exclusive waiter was woken for nothing")
		return
	}
	if err != nil {
		fail(err)
	}
	fmt.Println("the exclusive waiter got a connection")
	syscall.Close(connection)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
