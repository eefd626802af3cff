"""The ladder's words, in English and Chinese. Braces are filled with `str.format`."""

from typing import NamedTuple


class LadderWords(NamedTuple):
    """The ladder's words in one language; ``*_short`` are for where there is little room."""

    # The lanes
    client: str
    clients: str
    other_end: str
    kernel: str
    server: str
    client_in_log: str
    kernel_unseen: str
    # In place of rungs
    nothing: str
    reading: str
    # What a client did
    acts: dict[str, str]
    # What crossed
    bytes: str
    bytes_short: str
    handshakes: str
    handshakes_short: str
    by_path: str
    datagrams_connect: str
    datagrams_connect_short: str
    comma: str
    no_answer: str
    end_of_data: str
    # What the kernel's view showed
    queue: str
    queue_of_other: str
    queue_short: str
    queue_now: str
    waits_at: str
    waits_in_queue: str
    waits_at_client: str
    waits_there: str
    waits_short: str
    at_client: str
    at_descriptor: str
    at_server: str
    listens: str
    listens_short: str
    bound: str
    # What happened in the server
    injected: str
    meaning: dict[str, str]
    parks: str
    parks_short: str
    ready: str
    ready_short: str
    wakes: str
    ready_wakes: str
    only_wakes: str
    nobody: str
    runs_on: dict[str, str]
    runs_on_short: dict[str, str]
    exits: str
    killed: str
    unseen: str
    probing: str


EN = LadderWords(
    client="client",
    clients="clients",
    other_end="other end",
    kernel="kernel",
    server="server",
    client_in_log="client: not in a log",
    kernel_unseen="kernel: not looked at",
    nothing="Nothing has passed between client and server yet.",
    reading="… {percent} % of the way to this event",
    acts={
        "connect": "connect",
        "accept": "accept",
        "send": "send",
        "receive": "receive",
        "half-close": "half-close",
        "close": "close",
        "reset": "reset",
    },
    bytes="{count} bytes",
    bytes_short="{count} B",
    handshakes="{count} handshakes",
    handshakes_short="×{count}",
    by_path="by its path",
    datagrams_connect="nothing is sent: an address is noted",
    datagrams_connect_short="nothing is sent",
    comma=", ",
    no_answer="no answer",
    end_of_data="the end",
    queue="accept queue {before} → {now}",
    queue_of_other="its accept queue {before} → {now}",
    queue_short="queue {before} → {now}",
    queue_now="queue {now}",
    waits_at="{count} bytes wait at fd {fd}",
    waits_in_queue="{count} bytes wait, not accepted yet",
    waits_at_client="{count} B wait at the {who}",
    waits_there="{count} B wait there",
    waits_short="{count} B wait",
    at_client="{who} {state}",
    at_descriptor="fd {fd} {state}",
    at_server="server's end {state}",
    listens="LISTEN, backlog {most}",
    listens_short="LISTEN",
    bound="got {address}",
    injected="injected",
    meaning={
        "accept EAGAIN": "nobody is there",
        "read EAGAIN": "nothing has come",
        "write EAGAIN": "no room",
        "connect EINPROGRESS": "under way",
        "read end": "the end: no more comes",
        "EDESTADDRREQ": "nothing is bound yet",
        "EADDRINUSE": "already in use",
        "EACCES": "not allowed",
        "EMFILE": "no descriptor left",
        "ENFILE": "none left anywhere",
        "ECONNRESET": "it was cut off",
        "ECONNABORTED": "it has gone",
        "ECONNREFUSED": "nobody listens",
        "EPIPE": "nobody reads",
        "EINTR": "interrupted",
    },
    parks="goroutine {goroutine} parks: fd {fd}",
    parks_short="g{goroutine} parks, fd {fd}",
    ready="epoll: fd {fd} {events}",
    ready_short="fd {fd} {events}",
    wakes="wakes goroutine {goroutine}",
    ready_wakes="fd {fd} {events}, wakes g{goroutine}",
    only_wakes="fd {fd}, wakes g{goroutine}",
    nobody="nobody waits for it",
    runs_on={
        "closed": "goroutine {goroutine} runs: closed",
        "deadline": "goroutine {goroutine} runs: time is up",
        "other": "goroutine {goroutine} runs on",
    },
    runs_on_short={
        "closed": "g{goroutine} runs: closed",
        "deadline": "g{goroutine} runs: time is up",
        "other": "g{goroutine} runs on",
    },
    exits="exits, status {code}",
    killed="killed by {signal}",
    unseen="full speed, unseen",
    probing="tries sockets out",
)

ZH = LadderWords(
    client="客户端",
    clients="客户端",
    other_end="对端",
    kernel="内核",
    server="服务器",
    client_in_log="客户端：日志中没有",
    kernel_unseen="内核：尚未观察",
    nothing="客户端与服务器之间还没有任何往来。",
    reading="… 正在推演到此事件，{percent} %",
    acts={
        "connect": "连接",
        "accept": "接受",
        "send": "发送",
        "receive": "接收",
        "half-close": "半关闭",
        "close": "关闭",
        "reset": "重置",
    },
    bytes="{count} 字节",
    bytes_short="{count} 字节",
    handshakes="{count} 次握手",
    handshakes_short="×{count}",
    by_path="经由路径",
    datagrams_connect="什么都没有发出：只记下地址",
    datagrams_connect_short="什么都没有发出",
    comma="，",
    no_answer="没有应答",
    end_of_data="已到末尾",
    queue="接受队列 {before} → {now}",
    queue_of_other="对端的接受队列 {before} → {now}",
    queue_short="队列 {before} → {now}",
    queue_now="队列 {now}",
    waits_at="{count} 字节在 fd {fd} 处等待",
    waits_in_queue="{count} 字节在等待，连接尚未被接受",
    waits_at_client="{count} 字节在{who}处等待",
    waits_there="{count} 字节在那里等待",
    waits_short="{count} 字节等待",
    at_client="{who} {state}",
    at_descriptor="fd {fd} {state}",
    at_server="服务器一端 {state}",
    listens="LISTEN，backlog {most}",
    listens_short="LISTEN",
    bound="得到 {address}",
    injected="注入",
    meaning={
        "accept EAGAIN": "没有人在等",
        "read EAGAIN": "还没有数据",
        "write EAGAIN": "没有空间",
        "connect EINPROGRESS": "正在进行",
        "read end": "末尾：不会再有数据",
        "EDESTADDRREQ": "还没有绑定地址",
        "EADDRINUSE": "地址已被占用",
        "EACCES": "不允许",
        "EMFILE": "描述符已用尽",
        "ENFILE": "全系统都已用尽",
        "ECONNRESET": "连接被切断",
        "ECONNABORTED": "它已经走了",
        "ECONNREFUSED": "没有人监听",
        "EPIPE": "没有人在读",
        "EINTR": "被打断",
    },
    parks="goroutine {goroutine} 挂起：fd {fd}",
    parks_short="g{goroutine} 挂起，等 fd {fd}",
    ready="epoll：fd {fd} {events}",
    ready_short="fd {fd} {events}",
    wakes="唤醒 goroutine {goroutine}",
    ready_wakes="fd {fd} {events}，唤醒 g{goroutine}",
    only_wakes="fd {fd}，唤醒 g{goroutine}",
    nobody="没有人在等它",
    runs_on={
        "closed": "goroutine {goroutine} 继续：已关闭",
        "deadline": "goroutine {goroutine} 继续：时限已到",
        "other": "goroutine {goroutine} 继续运行",
    },
    runs_on_short={
        "closed": "g{goroutine} 继续：已关闭",
        "deadline": "g{goroutine} 继续：时限已到",
        "other": "g{goroutine} 继续运行",
    },
    exits="退出，状态码 {code}",
    killed="被 {signal} 杀死",
    unseen="全速运行，不再可见",
    probing="试探本机能力",
)


def ladder_words(language: str) -> LadderWords:
    """Return the words of ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
