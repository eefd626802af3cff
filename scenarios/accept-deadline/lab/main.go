// Accept after a deadline: nobody comes in time, and whoever comes later is served all the same.
//
// It is started with a network and an address: server tcp 127.0.0.1:0
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(200 * time.Millisecond))
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err) // This part is yours.
		}
		go serve(connection)
	}
}

// serve sends a line back.
func serve(connection net.Conn) {
	defer connection.Close()
	line, _ := bufio.NewReader(connection).ReadString('\n')
	connection.Write([]byte(line))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
