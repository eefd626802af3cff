// Many is a server for finding out what a connection costs that nobody uses: it accepts, leaves
// every connection parked in Read, and says on request what its memory is made of.
//
// Usage: server NETWORK ADDRESS, for instance: server tcp 127.0.0.1:0
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: server NETWORK ADDRESS (for instance: server tcp 127.0.0.1:0)")
		os.Exit(2)
	}
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	tell()

	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go idle(connection)
	}
}

// idle waits for a connection to say something. Nearly none ever does: then all there is of it
// here is this goroutine, parked in Read, and what Read and Accept have made for it.
func idle(connection net.Conn) {
	defer connection.Close()

	// As small as is of use. A server that keeps 4 KiB at hand for everybody pays for it here.
	buffer := make([]byte, 512)
	for {
		if _, err := connection.Read(buffer); err != nil {
			return
		}
		tell()
		// After the figures are out: whoever has the answer can rely on them.
		if _, err := connection.Write([]byte("told\n")); err != nil {
			return
		}
	}
}

// tell prints what the runtime says of its own memory, in bytes, garbage left out.
func tell() {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Printf("figures: goroutines=%d heap=%d stacks=%d runtime=%d\n",
		runtime.NumGoroutine(), memory.HeapAlloc, memory.StackInuse, memory.OtherSys)
}
