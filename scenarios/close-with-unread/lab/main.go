// Reset instead of close: who says "good" gets an answer and the end of the stream; who says
// anything else is reset.
//
// It is started with a network and an address: server tcp 127.0.0.1:0
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		go serve(connection)
	}
}

// serve reads a line, answers it, and ends the connection.
func serve(connection net.Conn) {
	defer connection.Close()
	line, _ := bufio.NewReader(connection).ReadString('\n')
	if line == "good\n" {
		connection.Write([]byte("ok\n"))
		return
	}
	// This part is yours.
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
