// A parent that listens, and a child that it starts, which accepts from its listener.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
)

func main() {
	if len(os.Args) > 2 {
		listener, err := net.FileListener(os.NewFile(3, "listener"))
		if err != nil {
			panic(err)
		}
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		buffer := make([]byte, 64)
		count, _ := connection.Read(buffer)
		connection.Write(buffer[:count])
		connection.Close()
		return
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		panic(err)
	}
	var children []*exec.Cmd
	for number := range 1 {
		child := exec.Command(os.Args[0], os.Args[1], fmt.Sprint(number))
		child.ExtraFiles = []*os.File{file}
		if err := child.Start(); err != nil {
			panic(err)
		}
		children = append(children, child)
	}
	for _, child := range children {
		child.Wait()
	}
}
