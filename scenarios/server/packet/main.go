// Packet is the server for datagrams: there is nothing to listen for and nobody to accept, so
// the descriptor that is bound is the one that is read.
//
// Usage: packet [-reply TEXT] NETWORK ADDRESS, for instance: packet udp 127.0.0.1:0
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
)

var reply = flag.String("reply", "", "the `TEXT` to send back for every datagram")

func main() {
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: packet [-reply TEXT] NETWORK ADDRESS (packet udp 127.0.0.1:0)")
		os.Exit(2)
	}

	// The same path as net.Listen's up to bind; then it ends, for no queue has to be opened.
	connection, err := net.ListenPacket(flag.Arg(0), flag.Arg(1))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening on", connection.LocalAddr())

	buffer := make([]byte, 1<<16) // no datagram is longer
	for {
		// One datagram each time, whoever sent it: the sender comes with it.
		count, sender, err := connection.ReadFrom(buffer)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("%s sent %q\n", sender, buffer[:count])
		if *reply == "" {
			continue
		}
		if _, err := connection.WriteTo([]byte(*reply), sender); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
