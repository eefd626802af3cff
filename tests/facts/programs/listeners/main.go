// Listeners listens once more for each line that it reads: a network and an address. It answers
// with the address that it has, or with the error.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
)

func main() {
	var kept []net.Listener
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		network, address, _ := strings.Cut(lines.Text(), " ")
		listener, err := net.Listen(network, address)
		if err != nil {
			fmt.Println(err)
			continue
		}
		kept = append(kept, listener)
		fmt.Println(listener.Addr())
	}
	for _, listener := range kept {
		listener.Close()
	}
}
