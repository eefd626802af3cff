module walkthrough.example/server

// 1.21 keeps one behaviour over every toolchain that builds this: from `go 1.24` on, net.Listen
// would ask the kernel for Multipath TCP and probe for it first.
go 1.21
