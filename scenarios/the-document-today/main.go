// The-document-today has the shape and the names of the server that tutorials print: main listens
// and accepts, handleConnection reads to the end until nothing comes, and forgets to close a
// connection on which reading has failed.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime"
)

func main() {
	log.SetFlags(0) // without the time of day, so that two runs print the same
	network, address := os.Args[1], os.Args[2]

	// Everything of the listing's chapters happens in here.
	listener, err := net.Listen(network, address)
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()

	for {
		// The chapter that the listing leaves empty.
		connection, err := listener.Accept()
		if err != nil {
			log.Println(err)
			return
		}

		go handleConnection(connection)
	}
}

// handleConnection serves one connection.
func handleConnection(connection net.Conn) {
	fmt.Printf("connection from %s\n", connection.RemoteAddr())

	for {
		// To the end of the stream, not of a message: so the second time there is nothing left.
		received, err := io.ReadAll(connection)
		if err != nil {
			log.Println(err)
			return // as in the listing: without Close
		}

		if len(received) == 0 {
			break
		}
		log.Printf("%d bytes: %q", len(received), received)
		collectIfAsked(received)
	}
	connection.Close()
}

// collectIfAsked has the garbage collected if a client says so. That is no part of the listing: by
// itself a collection comes when the heap has grown, or after two minutes.
//
//go:noinline
func collectIfAsked(received []byte) {
	if string(received) == "collect\n" {
		runtime.GC()
	}
}
