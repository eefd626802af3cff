// Hand a listener to a child: this process opens it, another one serves.
//
// It is started with a network and an address: server tcp 127.0.0.1:0
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
)

func main() {
	if os.Getenv("CHILD") != "" {
		listener, err := net.FileListener(os.NewFile(3, "listener"))
		if err != nil {
			fail(err)
		}
		serve(listener, "child")
		return
	}
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	handOver(listener)
}

// handOver starts the child, which gets the listener, and waits until that has ended.
func handOver(listener net.Listener) {
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		fail(err)
	}
	program, err := os.Executable()
	if err != nil {
		fail(err)
	}
	child := exec.Command(program, os.Args[1:]...)
	child.ExtraFiles = []*os.File{file}
	child.Env = append(os.Environ(), "CHILD=1")
	child.Stderr = os.Stderr
	if err := child.Run(); err != nil {
		fail(err)
	}
}

// serve accepts one client and answers its line.
func serve(listener net.Listener, who string) {
	connection, err := listener.Accept()
	if err != nil {
		fail(err)
	}
	defer connection.Close()
	line, _ := bufio.NewReader(connection).ReadString('\n')
	fmt.Fprintf(connection, "%s: %s", who, line)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
