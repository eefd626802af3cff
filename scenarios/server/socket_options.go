package main

import "syscall"

// Socket options that the hook sets, by their names. They have the same numbers in every socket(7),
// ip(7), ipv6(7) and tcp(7) of Linux on amd64; package syscall was frozen before it knew
// SO_REUSEPORT and TCP_USER_TIMEOUT.
var socketOptions = map[string]struct{ level, name int }{
	"SO_REUSEADDR":     {syscall.SOL_SOCKET, syscall.SO_REUSEADDR},
	"SO_REUSEPORT":     {syscall.SOL_SOCKET, 15},
	"SO_KEEPALIVE":     {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE},
	"IP_FREEBIND":      {syscall.IPPROTO_IP, syscall.IP_FREEBIND},
	"IPV6_V6ONLY":      {syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY},
	"TCP_NODELAY":      {syscall.IPPROTO_TCP, syscall.TCP_NODELAY},
	"TCP_USER_TIMEOUT": {syscall.IPPROTO_TCP, 18},
}
