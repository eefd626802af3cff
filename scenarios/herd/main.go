// Herd shares two listeners among two waiters, each with a thread and an epoll of its own, as two
// processes would have them. The first listener is watched plainly, the second one with
// EPOLLEXCLUSIVE.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"
)

const (
	exclusively = 1 << 28 // EPOLLEXCLUSIVE, which package syscall does not know

	// Whoever is woken has something else to do first. Without it a waiter may be so quick that the
	// other one, on its way out of epoll_wait, finds nothing any more and goes on waiting in there.
	moment = 200 * time.Millisecond
)

func main() {
	network, addresses := os.Args[1], os.Args[2:]
	plain := share(network, addresses[0])
	exclusive := share(network, addresses[1])

	reports, sender := must(os.Pipe())
	for number := 1; number <= 2; number++ {
		waiter := newWaiter(number, sender)
		waiter.watch(plain, syscall.EPOLLIN)
		waiter.watch(exclusive, syscall.EPOLLIN|exclusively)
		go waiter.wait()
	}
	lines := bufio.NewScanner(reports)
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
}

// share listens, and returns a descriptor of the listener that Go's poller does not know of: a copy,
// as a child gets it. With the original on its list, Go's own epoll would be a third to be woken.
//
//go:noinline
func share(network, address string) int {
	listener, err := net.Listen(network, address)
	check(err)
	fmt.Println("listening on", listener.Addr())
	raw, err := listener.(syscall.Conn).SyscallConn()
	check(err)
	var copied int
	check(raw.Control(func(descriptor uintptr) { copied, err = syscall.Dup(int(descriptor)) }))
	check(err)
	check(listener.Close()) // the socket listens on: the copy is open
	return copied
}

// waiter stands for a process.
type waiter struct {
	number  int
	epoll   int
	reports *os.File
}

//go:noinline
func newWaiter(number int, reports *os.File) *waiter {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	check(err)
	return &waiter{number, epoll, reports}
}

// watch puts a listener on the list. Without EPOLLET it is reported as long as somebody is in its
// queue.
//
//go:noinline
func (w *waiter) watch(listener int, events uint32) {
	event := syscall.EpollEvent{Events: events, Fd: int32(listener)}
	check(syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_ADD, listener, &event))
}

// wait waits, and after each wake-up tries to accept once.
//
//go:noinline
func (w *waiter) wait() {
	runtime.LockOSThread() // a thread of its own, since a process has one
	events := make([]syscall.EpollEvent, 2)
	for {
		count, err := syscall.EpollWait(w.epoll, events, -1)
		if err == syscall.EINTR {
			continue
		}
		check(err)
		pause := syscall.NsecToTimespec(moment.Nanoseconds())
		syscall.Nanosleep(&pause, nil) // the thread itself sleeps, as a process would
		for _, event := range events[:count] {
			w.accept(int(event.Fd))
		}
	}
}

//go:noinline
func (w *waiter) accept(listener int) {
	connection, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	if err == syscall.EAGAIN {
		fmt.Fprintf(w.reports, "waiter %d woken for nothing\n", w.number)
		return
	}
	check(err)
	fmt.Fprintf(w.reports, "waiter %d woken, and got a connection\n", w.number)
	check(syscall.Close(connection))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func must[A, B any](first A, second B, err error) (A, B) {
	check(err)
	return first, second
}
