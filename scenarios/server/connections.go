package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

const (
	shortestPause = 5 * time.Millisecond
	longestPause  = time.Second
)

// goOn says whether to accept again after an error: yes if it may pass and an option asks for it,
// after a pause; no if the listener was closed on purpose. Any other error ends the program.
//
//go:noinline
func goOn(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	var passing interface{ Temporary() bool }
	if !*retry || !errors.As(err, &passing) || !passing.Temporary() {
		os.Exit(1)
	}
	backOff()
	return true
}

var (
	pause  time.Duration // the last one
	failed time.Time     // when it ended
)

// backOff waits, and after each error in a row twice as long as before: whatever is missing, a
// descriptor as a rule, is not there sooner for being asked for at once.
//
//go:noinline
func backOff() {
	if pause == 0 || time.Since(failed) > longestPause {
		pause = shortestPause
	} else {
		pause = min(2*pause, longestPause)
	}
	time.Sleep(pause)
	failed = time.Now()
}

// handle serves one connection to its end, or as far as an option says.
func handle(connection net.Conn) {
	if *readMost < 0 {
		serve(connection)
		return
	}
	leave(connection, int64(*readMost))
}

// leave reads at most so many bytes and closes the connection, whatever else has come.
//
//go:noinline
func leave(connection net.Conn, most int64) {
	received, err := io.ReadAll(io.LimitReader(connection, most))
	fmt.Printf("%s sent %q, or more\n", connection.RemoteAddr(), received)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	connection.Close()
}
