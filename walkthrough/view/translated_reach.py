"""What is said in English of who can connect to a server, and the same in Chinese. Data.

``{}`` stands for what differs; in Chinese it has its number.
"""

REACH: dict[str, str] = {
    # walkthrough.cli
    "--expose goes with a scenario that is run, and a recording is not.": (
        "--expose 用于要运行的场景，而录制不会运行。"
    ),
    "--expose lets others connect to a scenario's server: name one, as in `walkthrough ipv4-any "
    "--expose`.": (
        "--expose 让别人能连接场景的服务器：请指明一个，例如 `walkthrough ipv4-any --expose`。"
    ),
    # walkthrough.capture.environment.exposure
    "It listens on {}: others on your network can connect to it.": (
        "它监听 {0}：你网络上的其他人可以连接它。"
    ),
    "It runs in a network namespace of its own: nobody else can connect to it.": (
        "它在自己的网络命名空间里运行：别人无法连接它。"
    ),
    "In it these kernel settings are not the machine's own: {}.": (
        "其中这些内核设置与本机不同：{0}。"
    ),
    "every interface of this machine ({})": "本机的所有接口（{0}）",
    "every interface of this machine ({}) and {}": "本机的所有接口（{0}）和 {1}",
    "{} listens on {}, where others on your network can connect, and it cannot be given a network "
    "namespace of its own here ({}): say --expose to run it all the same.": (
        "{0} 监听 {1}，你网络上的其他人可以连接，而这里无法给它自己的网络命名空间（{2}）："
        "若仍要运行，请加上 --expose。"
    ),
    "{} listens on {}, where others on your network can connect, and nobody has allowed that.": (
        "{0} 监听 {1}，你网络上的其他人可以连接，而没有人允许这样做。"
    ),
    # walkthrough.capture.session.guard
    "The program of {} was ended before it listened on {}, where others on your network can "
    "connect: say --expose to let it.": (
        "{0} 的程序在监听 {1} 之前被结束，因为你网络上的其他人可以连接那里："
        "若允许，请加上 --expose。"
    ),
    "every interface": "所有接口",
    "an address that is not understood here": "一个此处无法识别的地址",
    # walkthrough.capture.environment.network_namespace
    "The network namespace could not be made ({}): try again.": (
        "无法建立网络命名空间（{0}）：请再试一次。"
    ),
    "only Linux has network namespaces": "只有 Linux 才有网络命名空间",
    "the limit user.{} is reached": "已达到上限 user.{0}",
    "this kernel has no network namespaces for users": "这个内核没有可供用户使用的网络命名空间",
    "this machine keeps them from ordinary users ({} = {})": (
        "这台机器不让普通用户建立它（{0} = {1}）"
    ),
    "a seccomp filter is on this process, as in many containers": (
        "此进程带有 seccomp 过滤器，许多容器都是如此"
    ),
    "the kernel refuses it: {}": "内核拒绝了：{0}",
}
