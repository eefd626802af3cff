"""What a capture says in English, and the same in Chinese: what it lacks, what goes wrong. Data.

``{}`` stands for what differs; in Chinese it has its number.
"""

CAPTURES: dict[str, str] = {
    # Which server (walkthrough.capture.environment.backends and doctor)
    "The instrumented Python server, as asked for.": "按要求使用插桩的 Python 服务器。",
    "The instrumented Python server, because: {}": "使用插桩的 Python 服务器，因为：{0}",
    "{} is here, and this machine allows ptrace.": "这里有 {0}，并且这台机器允许 ptrace。",
    "This is {}: recordings can be replayed, nothing can be captured; capture on Linux (a virtual "
    "machine or a container will do).": (
        "这是 {0}：可以回放录制，不能捕获；请在 Linux 上捕获（虚拟机或容器也行）。"
    ),
    "Linux {} is too old to trace with; use Linux 5.3 or newer for --server go.": (
        "Linux {0} 太旧，无法跟踪；--server go 需要 Linux 5.3 或更新的版本。"
    ),
    "This machine is {}: Go servers are traced on {} only; use --server python here, or replay a "
    "recording.": (
        "这台机器是 {0}：Go 服务器只能在 {1} 上跟踪；请在这里使用 --server python，或回放录制。"
    ),
    "Only Linux has it; replay a recording.": "只有 Linux 才有；请回放录制。",
    "Missing: {}; pip install {}": "缺少 {0}；请执行 pip install {1}",
    "It could not be tried ({}); close other programs, or raise the limit that is named.": (
        "无法试验（{0}）；请关闭其他程序，或提高所提到的限制。"
    ),
    "{}: Yama forbids it to everybody (kernel.yama.ptrace_scope = 3); only a restart with another "
    "setting of kernel.yama.ptrace_scope changes that; use --server python.": (
        "{0}：Yama 禁止所有人这样做（kernel.yama.ptrace_scope = 3）；"
        "只有改变 kernel.yama.ptrace_scope 并重启才行；请使用 --server python。"
    ),
    "{}: Yama allows it to root only (kernel.yama.ptrace_scope = 2); sudo sysctl "
    "kernel.yama.ptrace_scope=1, or use --server python.": (
        "{0}：Yama 只允许 root 这样做（kernel.yama.ptrace_scope = 2）；"
        "请执行 sudo sysctl kernel.yama.ptrace_scope=1，或使用 --server python。"
    ),
    "{}: a seccomp filter is on this process, as in many containers; start the container with "
    "--cap-add=SYS_PTRACE (or --security-opt seccomp=unconfined), or use --server python.": (
        "{0}：此进程带有 seccomp 过滤器，许多容器都是如此；请以 --cap-add=SYS_PTRACE"
        "（或 --security-opt seccomp=unconfined）启动容器，或使用 --server python。"
    ),
    "{}; ask whoever runs this machine to allow ptrace, or use --server python.": (
        "{0}；请让这台机器的管理者允许 ptrace，或使用 --server python。"
    ),
    "ptrace was refused ({})": "ptrace 被拒绝（{0}）",
    "a child under ptrace was killed": "受 ptrace 跟踪的子进程被杀死",
    "ptrace options were refused ({})": "ptrace 选项被拒绝（{0}）",
    "ptrace does not tell about system calls ({})": "ptrace 不报告系统调用（{0}）",
    "a traced program's code cannot be changed ({})": "无法修改被跟踪程序的代码（{0}）",
    # Starting (walkthrough.capture)
    "There is no Go toolchain (Go {} or newer) here: get one with {}, or use --server python.": (
        "这里没有 Go 工具链（Go {0} 或更新）：用 {1} 取得，或使用 --server python。"
    ),
    "WALKTHROUGH_GO is {}, which is no Go {} or newer: set it to a go program or a GOROOT, or "
    "unset it.": (
        "WALKTHROUGH_GO 是 {0}，不是 Go {1} 或更新：请把它设为 go 程序或 GOROOT，或取消设置。"
    ),
    "Cannot write to {} ({}): set XDG_CACHE_HOME to a writable folder.": (
        "无法写入 {0}（{1}）：请把 XDG_CACHE_HOME 设为可写的文件夹。"
    ),
    "Programs in {} may not be run: set XDG_CACHE_HOME to a folder on a file system that is not "
    "mounted noexec.": (
        "{0} 中的程序不允许运行：请把 XDG_CACHE_HOME 设到没有以 noexec 挂载的文件系统上。"
    ),
    "Cannot build the Go server in {} ({}): {}, or set XDG_CACHE_HOME to another folder.": (
        "无法在 {0} 中构建 Go 服务器（{1}）：{2}，或把 XDG_CACHE_HOME 设为别的文件夹。"
    ),
    "{} could not be built: {} ({}).": "{0} 无法构建：{1}（{2}）。",
    "{} takes no more ({}); {}": "{0} 已经写不下了（{1}）；{2}",
    "{}; ulimit {} is {}": "{0}；ulimit {1} 为 {2}",
    "{}; ulimit {} is {}; {}": "{0}；ulimit {1} 为 {2}；{3}",
    "raise that limit and try again": "请提高这个限制再试",
    "make room and try again": "请腾出空间再试",
    "close other programs and try again": "请关闭其他程序再试",
    "raise that limit, or use --server python": "请提高这个限制，或使用 --server python",
    "{} could not be started ({}): {}.": "{0} 无法启动（{1}）：{2}。",
    "the server": "服务器",
    "the Go server": "Go 服务器",
    "the instrumented server": "插桩服务器",
    "the capture": "捕获",
    "its process": "它的进程",
    "A Go program reserves more address space than ulimit -v allows ({}): set it to {} at least, "
    "or use --server python.": (
        "Go 程序预留的地址空间超过 ulimit -v 的限制（{0}）：请把它至少设为 {1}，"
        "或使用 --server python。"
    ),
    "{} {} processes or threads more than there are, and ulimit -u allows this user {} in all: "
    "{}.": ("{0}再有 {1} 个进程或线程，而 ulimit -u 只允许这个用户总共有 {2} 个：{3}。"),
    "A Go program needs": "Go 程序需要",
    "A server and what watches it need": "服务器和观察它的程序需要",
    "Cannot run {} ({}): get a working Go with {}.": "无法运行 {0}（{1}）：用 {2} 取得能用的 Go。",
    "{} could not be built with {}: {} ({}).": "{0} 无法用 {1} 构建：{2}（{3}）。",
    "the whole output is in {}": "完整输出在 {0}",
    "the whole output could not be saved ({})": "完整输出无法保存（{0}）",
    "There is no folder to build the Go server in ({}): set XDG_CACHE_HOME to a writable one.": (
        "没有可供构建 Go 服务器的文件夹（{0}）：请把 XDG_CACHE_HOME 设为可写的文件夹。"
    ),
    "There is no Go source in {}: reinstall walkthrough.": (
        "{0} 中没有 Go 源码：请重新安装 walkthrough。"
    ),
    "Cannot read the Go server's source in {} ({}): reinstall walkthrough.": (
        "无法读取 {0} 中 Go 服务器的源码（{1}）：请重新安装 walkthrough。"
    ),
    "{} is no program: {} says package {}; it must be package main.": (
        "{0} 不是程序：{1} 写的是 package {2}；必须是 package main。"
    ),
    "The program {} does not know {}: take it out (of these options it knows {}), or give the "
    "scenario a main.go of its own.": (
        "程序 {0} 不认识 {1}：请去掉它（这些选项中它认识 {2}），或给场景写一个自己的 main.go。"
    ),
    "The instrumented server does not run on {} (it does on {}, with a 64-bit Python): replay a "
    "recording instead.": (
        "插桩服务器不能在 {0} 上运行（可在 {1} 上以 64 位 Python 运行）：请改为回放录制。"
    ),
    "The server has been started already: make another target.": "服务器已经启动：请另建一个目标。",
    "The server runs on Linux only: replay a recording instead.": (
        "服务器只能在 Linux 上运行：请改为回放录制。"
    ),
    "No program can be handed a NUL byte: take it out of the scenario's texts.": (
        "不能把 NUL 字节交给程序：请从场景的文本中去掉它。"
    ),
    "The action let-go needs --server go: the Python server always tells.": (
        "动作 let-go 需要 --server go：Python 服务器总是逐一报告。"
    ),
    "The scenario gives the server {} descriptors, and this user may have {} at most (ulimit -Hn): "
    "have that raised, or lower limits.nofile.": (
        "场景给服务器 {0} 个描述符，而此用户最多 {1} 个（ulimit -Hn）："
        "请提高上限，或降低 limits.nofile。"
    ),
    "The server may dial a loopback address only, and was to dial {}: give the scenario another "
    "address, such as '{neighbour}'.": (
        "服务器只许拨回环地址，而它要拨 {0}：请给场景另一个地址，例如 '{{neighbour}}'。"
    ),
    "No folder could be made for the scenario's sockets: set TMPDIR to a folder with a short path "
    "that you may write to.": (
        "无法为场景的套接字建立文件夹：请把 TMPDIR 设为路径较短且可写的文件夹。"
    ),
    "The neighbour has no socket option {}; there are: {}.": (
        "邻居没有套接字选项 {0}；可用的有：{1}。"
    ),
    "The neighbour's address {} is none it may have: give it a loopback address and a port, such "
    "as 127.0.0.1:0.": ("邻居不能使用地址 {0}：请给它回环地址和端口，例如 127.0.0.1:0。"),
    "The neighbour cannot listen on {} ({}): end whoever uses that address, or give the "
    "scenario's neighbour another one.": (
        "邻居无法监听 {0}（{1}）：请结束占用该地址的程序，或给场景的邻居另一个地址。"
    ),
    "{} cannot be run: it needs IPv6, and this machine's loopback has none.": (
        "{0} 无法运行：它需要 IPv6，而这台机器的回环接口没有。"
    ),
    "{} cannot be run: it needs a kernel with Multipath TCP switched on.": (
        "{0} 无法运行：它需要启用了 Multipath TCP 的内核。"
    ),
    "{} cannot be run: it needs {}, where somebody else listens.": (
        "{0} 无法运行：它需要 {1}，而别的程序正在那里监听。"
    ),
    "{} cannot be run: it runs under --server {} only.": (
        "{0} 无法运行：它只能用 --server {1} 运行。"
    ),
    "{} cannot be run: it has a Go program of its own, which only --server go runs.": (
        "{0} 无法运行：它有自己的 Go 程序，只有 --server go 能运行。"
    ),
    "{} cannot be run: it needs {} clients at least, and RLIMIT_NOFILE allows {} here: raise the "
    "hard limit (ulimit -Hn).": (
        "{0} 无法运行：它至少需要 {1} 个客户端，而这里的 RLIMIT_NOFILE 只允许 {2} 个："
        "请提高硬上限（ulimit -Hn）。"
    ),
    "{} cannot be run: it needs Go {} or newer, and the toolchain here is {}.": (
        "{0} 无法运行：它需要 Go {1} 或更新，而这里的工具链是 {2}。"
    ),
    "building the Go server with {}; the first time takes a while": (
        "正在用 {0} 构建 Go 服务器；第一次需要一些时间"
    ),
    "compiling {} ({} packages so far)": "正在编译 {0}（已编译 {1} 个包）",
    # The tracer
    "{} does not say where Go keeps goroutine ids; build it without -ldflags=-w.": (
        "{0} 没有说明 Go 把 goroutine 编号放在哪里；请不带 -ldflags=-w 构建。"
    ),
    "{} has no symbols; build it without -ldflags=-s.": "{0} 没有符号；请不带 -ldflags=-s 构建。",
    "{} was not made by Go; trace a Go program.": "{0} 不是用 Go 构建的；请跟踪 Go 程序。",
    "{} is a program for {}; the tracer knows x86_64 only.": (
        "{0} 是 {1} 的程序；跟踪器只认识 x86_64。"
    ),
    "{} is not an ELF program; trace a Linux program.": "{0} 不是 ELF 程序；请跟踪 Linux 程序。",
    "{} is damaged or no Linux program: remove it and try again.": (
        "{0} 已损坏或不是 Linux 程序：请删除它再试。"
    ),
    "{} could not be started under ptrace; `walkthrough doctor` says why.": (
        "{0} 无法在 ptrace 下启动；`walkthrough doctor` 会说明原因。"
    ),
    "{} cannot be traced here ({}); `walkthrough doctor` says why.": (
        "{0} 在这里无法跟踪（{1}）；`walkthrough doctor` 会说明原因。"
    ),
    # While it runs
    "The capture could not be understood: {}.": "捕获的内容无法理解：{0}。",
    "The capture said something unexpected: {}.": "捕获给出了意外的内容：{0}。",
    "The capture was killed by {}; what it recorded can still be stepped.": (
        "捕获被 {0} 杀死；已捕获的部分仍可单步查看。"
    ),
    "The capture ended unexpectedly ({}); what it recorded can still be stepped.": (
        "捕获意外结束（{0}）；已捕获的部分仍可单步查看。"
    ),
    "The capture ended unexpectedly; what it recorded can still be stepped.": (
        "捕获意外结束；已捕获的部分仍可单步查看。"
    ),
    "The capture sent an event before its header.": "捕获在文件头之前就发来了事件。",
    "event {} arrived where event {} was due": "收到事件 {0}，而该处应为事件 {1}",
    "A command was not understood: {}.": "有一条命令无法理解：{0}。",
    "{} is nothing a client can do: use connect, accept, send, receive, half-close, close or "
    "reset.": (
        "客户端不会做 {0}：可用的有 connect、accept、send、receive、half-close、close 或 reset。"
    ),
    "The client does not connect to {}: give the server (or 'to') a loopback address, such as "
    "127.0.0.1.": ("客户端不会连接 {0}：请给服务器（或 'to'）回环地址，例如 127.0.0.1。"),
    # What of the kernel cannot be read (walkthrough.capture.kernel)
    "it is in another network namespace": "它在另一个网络命名空间中",
    "Descriptors of process {}: {}": "进程 {0} 的描述符：{1}",
    "{} sockets more: too many to ask each": "还有 {0} 个套接字：太多，无法逐个询问",
    "Interest list of epoll {}: {}": "epoll {0} 的兴趣列表：{1}",
    "Backlog of {}: no sock_diag ({}), no pidfd_getfd ({})": (
        "{0} 的 backlog：没有 sock_diag（{1}），没有 pidfd_getfd（{2}）"
    ),
    "Socket {}: in no list, and pidfd_getfd failed ({})": (
        "套接字 {0}：不在任何列表中，而且 pidfd_getfd 失败（{1}）"
    ),
    "TCP sockets: no sock_diag ({}), no table ({})": (
        "TCP 套接字：没有 sock_diag（{0}），也没有表（{1}）"
    ),
    "Far end of unix socket {}: {}": "unix 套接字 {0} 的对端：{1}",
    # With strace beside it (walkthrough.capture.strace)
    "{} cannot be run here: {}": "{0} 无法在这里运行：{1}",
    "The log {} cannot be written ({}): name another file.": (
        "日志 {0} 无法写入（{1}）：请指定另一个文件。"
    ),
    "The server did not start: run it again.": "服务器没有启动：请再运行一次。",
    "The server ended before it began: close other programs.": (
        "服务器还没有开始就结束了：请关闭其他程序。"
    ),
    "The server ended before its first step.": "服务器在第一步之前就结束了。",
    "The server ended before its first step ({}).": "服务器在第一步之前就结束了（{0}）。",
    "strace was ended before the server was, so its log is torn: run it again.": (
        "strace 先于服务器结束，它的日志不完整：请再运行一次。"
    ),
    "strace's log could not be written ({}): {}.": "strace 的日志无法写入（{0}）：{1}。",
    "strace could not trace the server ({}): see doctor, {}.": (
        "strace 无法跟踪服务器（{0}）：请运行 walkthrough doctor，{1}。"
    ),
    "strace is a program of Linux: use it there, {}.": (
        "strace 是 Linux 的程序：请在 Linux 上使用，{0}。"
    ),
    "strace is not installed: install the package strace (apt install strace, dnf install "
    "strace), {}.": (
        "没有安装 strace：请安装软件包 strace（apt install strace 或 dnf install strace），{0}。"
    ),
    "strace may not trace here ({}): see doctor, {}.": (
        "strace 在这里不允许跟踪（{0}）：请运行 walkthrough doctor，{1}。"
    ),
    "strace does not work here ({}): install it anew.": (
        "strace 在这里无法工作（{0}）：请重新安装。"
    ),
    "{} is too old: get {} or newer, {}.": "{0} 太旧：请安装 {1} 或更新的版本，{2}。",
    "or lay a log that was made elsewhere beside a recording (compare RECORDING LOG)": (
        "或把在别处生成的日志放在录制旁边（compare RECORDING LOG）"
    ),
    "it gave no reason": "它没有说明原因",
    "This system has no pipe of one slot, by which strace is halted: use --server python, where "
    "it watches the same run.": (
        "这个系统没有只容一次写入的管道，无法让 strace 停住："
        "请使用 --server python，strace 会观察同一次运行。"
    ),
    "strace's log cannot be followed here ({}): use --server python.": (
        "这里无法跟读 strace 的日志（{0}）：请使用 --server python。"
    ),
    "strace runs {} ...": "strace 正在运行 {0} ……",
}
