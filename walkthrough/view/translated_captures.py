"""What a capture says in English, and the same in Chinese: what it lacks, what goes wrong. Data.

``{}`` stands for what differs; in Chinese it has its number.
"""

CAPTURES: dict[str, str] = {
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
