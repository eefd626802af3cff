"""The words for what a step changed in the kernel, in English and Chinese.

Braces are filled with `str.format`.
"""

from typing import NamedTuple


class KernelWords(NamedTuple):
    """Those words in one language."""

    this_step: str
    nothing: str
    nothing_since: str
    first_look: str
    turned: str
    more: str
    kinds: dict[str, str]
    from_queue: str
    closed: str
    owners: dict[str, str]
    bound: str
    queue: str
    backlog: str
    bytes: dict[str, str]
    fin: str
    watches: str
    no_longer: str
    option: str
    client: str
    client_states: dict[str, str]
    sent: str
    received: str
    counted: dict[str, str]
    memory: str
    printed: str
    left_out: str


EN = KernelWords(
    this_step="This step",
    nothing="changed nothing here",
    nothing_since="changed nothing (view: event {number})",
    first_look="was the first look at the kernel",
    turned="changed nothing: from here the view is of process {process}",
    more="… {count} more changes",
    kinds={
        "socket": "socket",
        "epoll": "epoll",
        "eventfd": "eventfd",
        "pipe": "pipe",
        "file": "file",
        "other": "something else",
    },
    from_queue="out of the queue: ",
    closed="closed",
    owners={
        "server": "server",
        "queue": "queue",
        "client": "client",
        "neighbour": "neighbour",
        "kernel": "kernel only",
    },
    bound="is now",
    queue="accept queue",
    backlog="backlog",
    bytes={"received": "bytes to read", "sent": "bytes on their way"},
    fin="(a FIN counts as one)",
    watches="epoll {epoll} watches",
    no_longer="epoll {epoll} no longer watches",
    option="set",
    client="client {number}",
    client_states={
        "connected": "connected",
        "half-closed": "half-closed",
        "closed": "closed",
        "failed": "failed",
    },
    sent="sent {count} B",
    received="received {count} B",
    counted={
        "descriptors": "descriptors",
        "interests": "interests of epoll",
        "server": "sockets of the server's,",
        "queue": "in the queue,",
        "client": "at the clients' end,",
        "kernel": "kept by the kernel alone,",
    },
    memory="server in RAM, KiB,",
    printed="printed",
    left_out="left out, {count} bytes",
)

ZH = KernelWords(
    this_step="这一步",
    nothing="这里没有变化",
    nothing_since="没有变化（视图来自事件 {number}）",
    first_look="第一次观察内核",
    turned="没有变化：从这里起显示的是进程 {process}",
    more="… 还有 {count} 处变化",
    kinds={
        "socket": "套接字",
        "epoll": "epoll",
        "eventfd": "eventfd",
        "pipe": "管道",
        "file": "文件",
        "other": "其他",
    },
    from_queue="取自队列：",
    closed="已关闭",
    owners={
        "server": "服务器",
        "queue": "队列",
        "client": "客户端",
        "neighbour": "邻居",
        "kernel": "仅内核",
    },
    bound="现在是",
    queue="接受队列",
    backlog="backlog",
    bytes={"received": "待读字节", "sent": "途中字节"},
    fin="（FIN 也算一个）",
    watches="epoll {epoll} 开始关注",
    no_longer="epoll {epoll} 不再关注",
    option="设置",
    client="客户端 {number}",
    client_states={
        "connected": "已连接",
        "half-closed": "半关闭",
        "closed": "已关闭",
        "failed": "失败",
    },
    sent="发送 {count} 字节",
    received="接收 {count} 字节",
    counted={
        "descriptors": "描述符",
        "interests": "epoll 关注项",
        "server": "服务器的套接字",
        "queue": "队列中",
        "client": "客户端一侧",
        "kernel": "仅由内核保留",
    },
    memory="服务器占用内存（KiB）",
    printed="输出",
    left_out="内容未收录，{count} 字节",
)


def kernel_words(language: str) -> KernelWords:
    """Return the words of ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
