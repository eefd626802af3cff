"""Every word the screen itself says, in English and in Chinese, in one table.

Knows no widget and no event; notes and captions of the steps come from the lesson.
"""

from typing import NamedTuple


class ScreenWords(NamedTuple):
    """The screen's words in one language. Braces are filled with `str.format`."""

    code: str
    language: str
    # Pane titles
    path: str
    source: str
    calls: str
    kernel: str
    ladder: str
    timeline: str
    # What the header says about the feed
    live: str
    replay: str
    starting: str
    halted: str
    running: str
    waiting: str
    waiting_dialled: str
    wakers: dict[str, str]
    back: str
    ended: str
    failed: str
    position: str
    live_edge: str
    recording_end: str
    no_events: str
    torn: str
    go_server: str
    python_server: str
    lost: str
    # What has happened, in a sentence
    process_started: str
    process_exited: str
    process_killed: str
    thread_started: str
    thread_exited: str
    function_entered: str
    function_returned: str
    function_failed: str
    call_entered: str
    call_asleep: str
    call_returned: str
    signal_delivered: str
    client_did: dict[str, str]
    clients_too: str
    client_failed: str
    client_nowhere: str
    output_written: str
    kernel_observed: str
    detail_ended: str
    memory_measured: str
    span_cut_off: str
    capture_ended: str
    unlisted: dict[str, str]
    reasons: dict[str, str]
    deeds: dict[str, str]
    goroutine: str
    scheduler: str
    thread: str
    # Starting a capture
    building: str
    launching: str
    elapsed: str
    chosen: str
    quit_hint: str
    capture_died: str
    failed_here: str
    failed_over: str
    failed_details: str
    no_stage_yet: str
    no_answer: str
    exposed: str
    exposed_everywhere: str
    server_exited: str
    server_killed: str
    # Path
    earlier: str
    parked: str
    round: str
    # Source
    no_source: str
    no_source_in_log: str
    no_step: str
    arguments: str
    results: str
    # Calls
    no_calls: str
    left_out: str
    quiet_calls: str
    elsewhere: str
    unfinished: str
    # A log of strace's
    strace_counts: str
    strace_ahead: str
    strace_line: str
    strace_ours: str
    strace_missing: str
    strace_nothing: str
    # Kernel
    no_kernel: str
    unavailable: str
    listener: str
    no_listener: str
    no_known_listener: str
    queue: str
    in_queue: str
    likely: str
    state_unknown: str
    address_unknown: str
    more_watched: str
    connections: str
    other_ends: str
    epoll: str
    nothing_watched: str
    options: str
    descriptors: str
    clients: str
    output: str
    client_states: dict[str, str]
    owners: dict[str, str]
    sent: str
    received: str
    more: str
    memory: str
    memory_of: dict[str, str]
    # Refusals and hints
    refuse_replay: str
    refuse_end: str
    refuse_start: str
    refuse_waiting: str
    refuse_waiting_dialled: str
    refuse_running: str
    refuse_ended: str
    refuse_starting: str
    refuse_strace: str
    will_halt: str
    will_go_on: str
    too_small: str
    help_title: str
    help_close: str
    help_marks: str
    help_scroll: str
    palette: str


EN = ScreenWords(
    code="en",
    language="EN",
    path="Path",
    source="Source",
    calls="System calls",
    kernel="Kernel now",
    ladder="Client–kernel–server",
    timeline="Timeline",
    live="LIVE, {doing}",
    replay="REPLAY",
    starting="starting",
    halted="halted",
    running="running",
    waiting="parked: only a client can wake it ({keys})",
    waiting_dialled="parked: only who was dialled can wake it ({keys})",
    wakers={
        "connect": "c",
        "connect or send": "c or s",
        "connect, then send": "c, then s",
        "send": "s",
        "accept, then send": "a, then s",
        "dialled, send": "s",
    },
    back="looking back (End returns)",
    ended="the capture has ended",
    failed="stopped",
    position="event {at}/{of}",
    live_edge="live edge",
    recording_end="end",
    no_events="no event yet",
    torn="the recording is torn at its end",
    go_server="Go server",
    python_server="Python server",
    lost="not captured: {what}",
    process_started="the server has started as process {pid}",
    process_exited="the server has exited with status {code}",
    process_killed="the server was killed by {signal}",
    thread_started="a thread has started",
    thread_exited="a thread has ended",
    function_entered="{function} has been called",
    function_returned="{function} returns {results}",
    function_failed="{function} fails: {results}",
    call_entered="about to make the system call {call}",
    call_asleep="asleep in the system call {call}",
    call_returned="the kernel has answered: {line}",
    signal_delivered="the server gets {signal}",
    client_did={
        "connect": "client {client} is connected: its handshake is done",
        "connect by path": "client {client} is connected, through the file",
        "connect for datagrams": "client {client} has noted where to send; nothing has been sent",
        "send": "client {client} has sent {count} bytes",
        "receive": "client {client} has received {count} bytes",
        "half-close": "client {client} has said that it will send no more",
        "close": "client {client} has closed its connection",
        "accept": "client {client} has taken the connection that the server made",
        "reset": "client {client} has thrown its connection away: RST, not FIN",
    },
    clients_too=" (and so with the {count} clients that follow)",
    client_nowhere="client {client} has nowhere to connect to: nothing is bound yet",
    client_failed="client {client} could not {action}: {error}",
    output_written="the server has printed {count} bytes",
    kernel_observed="the kernel's state was read",
    detail_ended="from here on the server runs at full speed; its functions and calls go unseen",
    memory_measured="memory measured: {count} connections, {resident} KiB of the server in RAM",
    span_cut_off="{function} was cut off ({reason})",
    capture_ended="the capture ended ({reason})",
    unlisted={
        "SIGURG": "; SIGURG, Go's own preemption: {count}, not listed",
        "connections": "; {count} connections were not followed in detail",
        "": "; {kind}: {count}, not listed",
    },
    reasons={
        "exited": "the server exited",
        "killed": "the server was killed",
        "finished": "the script was done",
        "stopped": "it was told to stop",
        "timed out": "its time was up",
        "lost": "its end was not seen",
        "logged": "the log ends here",
    },
    deeds={
        "connect": "connect",
        "send": "send",
        "receive": "receive",
        "half-close": "end its side",
        "close": "close",
        "accept": "accept",
        "reset": "reset",
    },
    goroutine="goroutine {number}",
    scheduler="scheduler",
    thread="thread {number}",
    building="Building the Go server. The first time takes a while; later it comes from a cache.",
    launching="Starting the server, halted before its first event.",
    elapsed="{seconds} s",
    chosen="Server: {server}. {why}",
    quit_hint="q quits",
    capture_died="The capture ended without saying why; what was captured can still be stepped.",
    failed_here="An error in walkthrough itself ({error}): what was asked for was not done; all "
    "else goes on. {details}",
    failed_over="An error in walkthrough itself ({error}) has ended the screen: start it again. "
    "{details}",
    failed_details="What is needed to report it is in {file}.",
    no_answer="The server does not answer: it may compute, or be stopped by somebody else. Looking "
    "back works; q ends it.",
    exposed="This server listens on {addresses}: others on your network can connect to it.",
    exposed_everywhere="This server listens on every interface of this machine ({addresses}): "
    "others on your network can connect to it.",
    no_stage_yet="The server runs, and has come to no stage of the path yet. Does it listen?",
    server_exited="the server has exited with status {code}",
    server_killed="the server was killed by {signal}",
    earlier="… {count} earlier",
    parked="parked",
    round="round {number}",
    no_source="There is no source to show here.",
    no_source_in_log="A log of strace's tells of system calls alone: there is no source to show. "
    "What is said of a stage is how Go does it.",
    no_step="Nothing has happened yet.",
    arguments="given",
    results="gave",
    no_calls="No system call yet.",
    left_out="left out, {count} bytes",
    quiet_calls="(+{count} quiet)",
    elsewhere="between stages",
    unfinished="not returned",
    strace_counts="{same} =, {different} ≠",
    strace_ahead=", {count} ahead",
    strace_line="line {number}",
    strace_ours="the walk: {line}",
    strace_missing="only the walk has this call",
    strace_nothing="The log and the walk hold no system call.",
    no_kernel="The kernel's state has not been observed yet.",
    unavailable="not readable: {what}",
    listener="Listener",
    no_listener="no socket listens",
    no_known_listener="no socket is known to listen",
    queue="accept queue",
    in_queue="waiting in the accept queue; nobody has accepted it",
    likely="likely",
    state_unknown="state unknown",
    address_unknown="address unknown",
    more_watched="what it watched before the log: unknown",
    connections="Sockets",
    other_ends="Other ends",
    epoll="epoll fd {fd} watches",
    nothing_watched="nothing",
    options="Socket options set",
    descriptors="Descriptors",
    clients="Clients",
    output="Server printed",
    client_states={
        "connected": "connected",
        "half-closed": "half-closed",
        "closed": "closed",
        "failed": "failed",
    },
    owners={
        "server": "server",
        "queue": "queue",
        "client": "client",
        "neighbour": "neighbour",
        "kernel": "kernel only",
    },
    sent="sent",
    received="received",
    more="… {count} more",
    memory="Memory, with {count} connections",
    memory_of={
        "resident": "server, in RAM",
        "private": "of it, its own",
        "threads": "its threads",
        "buffers": "socket buffers, both ends",
        "slab": "kernel objects (slab), whole machine",
        "tcp_socket": "one TCP socket in the kernel, bytes",
    },
    refuse_replay="This is a replay: its clients have already acted. Step with space.",
    refuse_end="This is the last event of the recording.",
    refuse_start="This is the first event.",
    refuse_waiting="The server is parked, nothing to release: let a client act ({keys}).",
    refuse_waiting_dialled="The server is parked, nothing to release: "
    "let who was dialled act ({keys}).",
    refuse_running="The server is running; . halts it at the next event.",
    refuse_ended="The capture has ended; step back to look at what happened.",
    refuse_starting="The server has not started yet.",
    refuse_strace="No log of strace's lies beside this walk: open it with --strace LOG.",
    will_halt="The server will halt at its next event.",
    will_go_on="The server is on its way: this waits until it halts. Esc forgets it.",
    too_small="Terminal too small: needs {columns}x{rows}, is {width}x{height}.",
    help_title="Keys",
    help_close="Esc closes",
    help_marks="Marks: ✓ done  > here  · ahead  ✗ failed  * changed by this step",
    help_scroll="In a pane: up and down or j and k scroll, Enter folds a stage or goes to a step. "
    "Here a click on a line does what it says.",
    palette="Search for an action…",
)

ZH = ScreenWords(
    code="zh",
    language="中文",
    path="路径",
    source="源码",
    calls="系统调用",
    kernel="内核此刻",
    ladder="客户端、内核、服务器",
    timeline="时间线",
    live="实时，{doing}",
    replay="回放",
    starting="正在启动",
    halted="已停住",
    running="运行中",
    waiting="已挂起：只有客户端能唤醒它（{keys}）",
    waiting_dialled="已挂起：只有被拨的一方能唤醒它（{keys}）",
    wakers={
        "connect": "按 c",
        "connect or send": "按 c 或 s",
        "connect, then send": "先按 c，再按 s",
        "send": "按 s",
        "accept, then send": "先按 a，再按 s",
        "dialled, send": "按 s",
    },
    back="正在回看（End 回到最新）",
    ended="捕获已结束",
    failed="已停止",
    position="事件 {at}/{of}",
    live_edge="最新",
    recording_end="末尾",
    no_events="还没有事件",
    torn="录制文件的末尾已损坏",
    go_server="Go 服务器",
    python_server="Python 服务器",
    lost="未捕获：{what}",
    process_started="服务器已启动，进程号 {pid}",
    process_exited="服务器已退出，状态码 {code}",
    process_killed="服务器被 {signal} 杀死",
    thread_started="一个线程已启动",
    thread_exited="一个线程已结束",
    function_entered="{function} 被调用",
    function_returned="{function} 返回 {results}",
    function_failed="{function} 失败：{results}",
    call_entered="即将发起系统调用 {call}",
    call_asleep="正在系统调用 {call} 中睡眠",
    call_returned="内核已应答：{line}",
    signal_delivered="服务器收到 {signal}",
    client_did={
        "connect": "客户端 {client} 已连接：握手已完成",
        "connect by path": "客户端 {client} 已连接，经由那个文件",
        "connect for datagrams": "客户端 {client} 记下了该往哪里发；什么都还没有发出",
        "send": "客户端 {client} 发送了 {count} 字节",
        "receive": "客户端 {client} 收到了 {count} 字节",
        "half-close": "客户端 {client} 声明不再发送",
        "close": "客户端 {client} 关闭了连接",
        "accept": "客户端 {client} 接下了服务器发起的连接",
        "reset": "客户端 {client} 丢弃了连接：发出 RST，而不是 FIN",
    },
    clients_too="（其后 {count} 个客户端也是如此）",
    client_nowhere="客户端 {client} 无处可连：服务器还没有绑定地址",
    client_failed="客户端 {client} 未能{action}：{error}",
    output_written="服务器输出了 {count} 字节",
    kernel_observed="已读取内核状态",
    detail_ended="从这里起服务器全速运行，不再捕获它的函数和系统调用",
    memory_measured="测量内存：{count} 个连接，服务器占用内存 {resident} KiB",
    span_cut_off="{function} 被中断（{reason}）",
    capture_ended="捕获结束（{reason}）",
    unlisted={
        "SIGURG": "；SIGURG（Go 自己的抢占）{count} 次，未列出",
        "connections": "；{count} 个连接没有逐步跟踪",
        "": "；{kind}：{count}，未列出",
    },
    reasons={
        "exited": "服务器已退出",
        "killed": "服务器被杀死",
        "finished": "脚本已完成",
        "stopped": "被要求停止",
        "timed out": "时间已到",
        "lost": "没有看到它的结束",
        "logged": "日志到此为止",
    },
    deeds={
        "connect": "连接",
        "send": "发送",
        "receive": "接收",
        "half-close": "半关闭",
        "close": "关闭",
        "accept": "接受",
        "reset": "重置",
    },
    goroutine="goroutine {number}",
    scheduler="调度器",
    thread="线程 {number}",
    building="正在构建 Go 服务器。第一次较慢，之后取自缓存。",
    launching="正在启动服务器，它将停在第一个事件之前。",
    elapsed="{seconds} 秒",
    chosen="服务器：{server}。{why}",
    quit_hint="q 退出",
    capture_died="捕获意外结束，没有说明原因；已捕获的部分仍可单步查看。",
    failed_here="walkthrough 自身出错（{error}）：刚才的操作没有完成，其余照常。{details}",
    failed_over="walkthrough 自身出错（{error}），界面已退出：请重新启动。{details}",
    failed_details="报告此问题所需的信息在 {file} 中。",
    no_answer="服务器没有回应：它可能在计算，也可能被别人停住了。可以回看；按 q 结束它。",
    exposed="这个服务器监听 {addresses}：你网络上的其他人可以连接它。",
    exposed_everywhere="这个服务器监听本机的所有接口（{addresses}）：你网络上的其他人可以连接它。",
    no_stage_yet="服务器在运行，但还没有到达路径上的任何阶段。它真的会监听吗？",
    server_exited="服务器已退出，状态码 {code}",
    server_killed="服务器被 {signal} 杀死",
    earlier="… 更早的 {count} 项",
    parked="已挂起",
    round="第 {number} 轮",
    no_source="这里没有可显示的源码。",
    no_source_in_log="strace 的日志只讲系统调用：这里没有源码可显示。"
    "对各阶段的说明讲的是 Go 的做法。",
    no_step="还什么都没有发生。",
    arguments="传入",
    results="返回",
    no_calls="还没有系统调用。",
    left_out="内容未收录，{count} 字节",
    quiet_calls="（另有 {count} 个略去）",
    elsewhere="阶段之间",
    unfinished="尚未返回",
    strace_counts="{same} =，{different} ≠",
    strace_ahead="，还有 {count} 行",
    strace_line="第 {number} 行",
    strace_ours="行走中：{line}",
    strace_missing="只有行走中有这个调用",
    strace_nothing="日志与行走中都没有系统调用。",
    no_kernel="还没有观察到内核状态。",
    unavailable="无法读取：{what}",
    listener="监听套接字",
    no_listener="没有套接字在监听",
    no_known_listener="没有已知的监听 socket",
    queue="接受队列",
    in_queue="在接受队列中等待，还没有人 accept 它",
    likely="很可能",
    state_unknown="状态未知",
    address_unknown="地址未知",
    more_watched="日志开始前监视了什么，未知",
    connections="套接字",
    other_ends="对端",
    epoll="epoll fd {fd} 关注",
    nothing_watched="无",
    options="已设置的套接字选项",
    descriptors="描述符",
    clients="客户端",
    output="服务器输出",
    client_states={
        "connected": "已连接",
        "half-closed": "半关闭",
        "closed": "已关闭",
        "failed": "失败",
    },
    owners={
        "server": "服务器",
        "queue": "队列",
        "client": "客户端",
        "neighbour": "邻居",
        "kernel": "仅内核",
    },
    sent="已发送",
    received="已接收",
    more="… 还有 {count} 项",
    memory="内存，此时有 {count} 个连接",
    memory_of={
        "resident": "服务器占用的物理内存",
        "private": "其中独占的",
        "threads": "它的线程数",
        "buffers": "套接字缓冲区，两端合计",
        "slab": "内核小对象（slab），整台机器",
        "tcp_socket": "内核里一个 TCP 套接字的字节数",
    },
    refuse_replay="这是回放：客户端的动作早已发生。按空格单步。",
    refuse_end="这是录制的最后一个事件。",
    refuse_start="这是第一个事件。",
    refuse_waiting="服务器已挂起：没有可放行的；让客户端有所动作（{keys}）。",
    refuse_waiting_dialled="服务器已挂起：没有可放行的；让被拨的一方有所动作（{keys}）。",
    refuse_running="服务器正在运行；按 . 让它停在下一个事件。",
    refuse_ended="捕获已结束；可以后退查看发生过的一切。",
    refuse_starting="服务器还没有启动。",
    refuse_strace="这次行走旁边没有 strace 日志：请用 --strace LOG 打开。",
    will_halt="服务器将停在它的下一个事件。",
    will_go_on="服务器还在途中：等它停住再执行。按 Esc 取消。",
    too_small="终端太小：需要 {columns}x{rows}，现在是 {width}x{height}。",
    help_title="按键",
    help_close="Esc 关闭",
    help_marks="记号：✓ 已完成  > 此处  · 未到  ✗ 失败  * 这一步改变的",
    help_scroll="在窗格中：上下键或 j、k 滚动，Enter 折叠阶段或跳到某一步。"
    "在这里单击一行，就执行它。",
    palette="搜索操作…",
)


def words_of(language: str) -> ScreenWords:
    """Return the words of ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
