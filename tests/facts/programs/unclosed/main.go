// Unclosed accepts connections and forgets them. For each line that it reads it collects garbage.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
)

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for range make([]struct{}, count) {
		acceptOne(listener)
	}
	fmt.Println("accepted")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		runtime.GC()
		fmt.Println("collected")
	}
	runtime.KeepAlive(listener)
}

// Not inlined, so that nothing of the connection is left on the stack of main.
//
//go:noinline
func acceptOne(listener net.Listener) {
	if _, err := listener.Accept(); err != nil {
		panic(err)
	}
}
