"""What home and the tour say, in English and Chinese. Data alone."""

from typing import NamedTuple


class HomeWords(NamedTuple):
    """Their words in one language. Braces are filled with `str.format`."""

    code: str
    # The line above
    about: str
    server: str
    servers: dict[str, str]
    filter_hint: str
    # The list
    recents: str
    files: str
    open_file: str
    nothing: str
    events: str
    no_date: str
    # What is told of the entry under the cursor
    details: str
    live: dict[str, str]
    live_perhaps: str
    replays: str
    cannot: str
    cannot_at_all: str
    broken: str
    lacking: dict[str, str]
    runs_under: str
    needs: str
    address: str
    network: str
    alone: str
    exposed: str
    recording: str
    no_recording: str
    promised: str
    between: str
    stages: str
    failed: str
    calls: str
    kernel: str
    exit_code: str
    printed: str
    questions: str
    recent_about: str
    file_about: str
    server_names: dict[str, str]
    marks: str
    # The prompt for a file
    prompt_title: str
    prompt_keys: str
    prompt_more: str
    prompt_empty: str
    prompt_trouble: str
    # What is said for a moment
    opening: str
    leaving: str
    kept: str
    not_kept: str
    nothing_kept: str
    chosen_server: dict[str, str]
    no_home: str
    unreadable: str
    unwritable: str
    help_scroll: str
    # The tour
    tour_titles: tuple[str, str, str, str, str]
    tour_texts: tuple[str, str, str, str, str]
    tour_keys: str
    tour_last: str


EN = HomeWords(
    code="en",
    about="step through what net.Listen and Accept do",
    server="server: {server}",
    servers={"auto": "auto", "go": "Go", "python": "Python"},
    filter_hint="Type to filter; Enter opens, Esc shows all again",
    recents="Your recordings",
    files="A file of yours",
    open_file="Open a file…",
    nothing="Nothing here holds all of that.",
    events="{count} events",
    no_date="no date",
    details="Scenario",
    live={
        "go": "Enter runs it live under the Go server; you are the client.",
        "python": "Enter runs it live under the Python server; you are the client.",
    },
    live_perhaps="Enter runs it live; what this machine can do is being found out.",
    replays="Enter replays its recording.",
    cannot="It cannot run here: {why} {otherwise}",
    cannot_at_all="It has no recording either.",
    broken="It cannot be opened: {why}",
    lacking={
        "server": "it is for the {servers} server alone.",
        "program": "it has a Go program of its own, which needs the Go server.",
        "ipv6": "this machine's loopback has no IPv6.",
        "mptcp": "this kernel has no Multipath TCP, or it is switched off.",
        "port": "somebody else listens on {address}.",
    },
    runs_under="Servers",
    needs="Needs",
    address="Address",
    network="Network",
    alone="a network namespace of its own: nobody else can connect",
    exposed="Its server listens where others on your network can connect to it, for as long as it "
    "runs: it cannot be given a network namespace of its own ({why}).",
    recording="Recording",
    no_recording="none yet",
    promised="Proves",
    between="; ",
    stages="{count} stages in order",
    failed="fails: {places}",
    calls="system calls: {count}",
    kernel="states of the kernel: {count}",
    exit_code="exit status {code}",
    printed="prints: {line}",
    questions="Asks",
    recent_about="A recording of a live session. Enter replays it.",
    file_about="A recording, a log of strace's, or the folder of a scenario of your own.",
    server_names={"go": "Go", "python": "Python", "": ""},
    marks="Marks: Go Py  live here   -- replay only   ·· not known yet   ✗ neither",
    prompt_title="Open a recording, a log of strace's or a scenario's folder",
    prompt_keys="Tab completes   ↓ ↑ choose   Enter opens   Esc closes",
    prompt_more="… {count} more: type on",
    prompt_empty="Nothing here begins like that.",
    prompt_trouble="This folder cannot be read: {why}.",
    opening="Opening {what} …",
    leaving="Ending the server …",
    kept="This session is kept: {path}",
    not_kept="This session could not be kept, since {path} cannot be written ({why}): make room "
    "there, let it be written to, or set XDG_DATA_HOME to another folder.",
    nothing_kept="The server had not begun: there is nothing to keep.",
    chosen_server={
        "auto": "Scenarios run under Go where it can be traced, else under Python.",
        "go": "Scenarios run under the Go server.",
        "python": "Scenarios run under the instrumented Python server.",
    },
    no_home="There is no home to go to from here.",
    unreadable="{path} was not understood ({why}): mend it, or remove it.",
    unwritable="{path} cannot be written ({why}): what is chosen now is not remembered.",
    help_scroll="Up and down or j and k go through the list, n and b from chapter to chapter. "
    "A click chooses, another one opens. Here a click on a line does what it says.",
    tour_titles=("Path", "Source", "System calls", "Kernel", "Ladder, timeline, keys"),
    tour_texts=(
        "The server's way through net.Listen and Accept: eight stages, and the finer steps inside "
        "them. > is where it stands now, ✓ is behind it, · lies ahead.",
        "The source that is being executed, at the line where the server stands. The notes beside "
        "it say why that line is there.",
        "Each system call and the kernel's answer, as strace would write them, under the stage "
        "that makes the call.",
        "What the kernel holds at this very moment: sockets, the accept queue, what epoll "
        "watches. * is what this step has changed.",
        "Client, kernel and server as a ladder; all events on a line; and the keys. space steps, "
        "← goes back, n goes to the next stage, c lets a client connect. ? lists them all.",
    ),
    tour_keys="Enter next   ← back   Esc ends",
    tour_last="Enter begins   ← back",
)

ZH = HomeWords(
    code="zh",
    about="一步一步看 net.Listen 和 Accept 做了什么",
    server="服务器：{server}",
    servers={"auto": "自动", "go": "Go", "python": "Python"},
    filter_hint="输入以筛选；Enter 打开，Esc 恢复全部",
    recents="你的录制",
    files="你的文件",
    open_file="打开文件…",
    nothing="没有一项符合全部条件。",
    events="{count} 个事件",
    no_date="无日期",
    details="场景",
    live={
        "go": "按 Enter 在 Go 服务器上实时运行；你就是客户端。",
        "python": "按 Enter 在 Python 服务器上实时运行；你就是客户端。",
    },
    live_perhaps="按 Enter 实时运行；正在查明这台机器能做什么。",
    replays="按 Enter 回放它的录制。",
    cannot="在这里不能实时运行：{why}{otherwise}",
    cannot_at_all="它也没有录制。",
    broken="打不开：{why}",
    lacking={
        "server": "它只用于 {servers} 服务器。",
        "program": "它有自己的 Go 程序，需要 Go 服务器。",
        "ipv6": "这台机器的环回接口没有 IPv6。",
        "mptcp": "这个内核没有多路径 TCP，或者没有开启。",
        "port": "{address} 上已经有别人在监听。",
    },
    runs_under="服务器",
    needs="需要",
    address="地址",
    network="网络",
    alone="在自己的网络命名空间里运行：别人无法连接",
    exposed="它的服务器在运行期间，你网络上的其他人都能连接：无法给它自己的网络命名空间（{why}）。",
    recording="录制",
    no_recording="还没有",
    promised="证明",
    between="；",
    stages="依次经过 {count} 个阶段",
    failed="失败于 {places}",
    calls="系统调用 {count} 个",
    kernel="内核状态 {count} 处",
    exit_code="退出状态 {code}",
    printed="输出 {line}",
    questions="提问",
    recent_about="一次实时会话的录制。按 Enter 回放。",
    file_about="一份录制、一份 strace 日志，或者你自己的场景的文件夹。",
    server_names={"go": "Go", "python": "Python", "": ""},
    marks="记号：Go Py  可实时运行   --  只能回放   ··  尚未查明   ✗  都不能",
    prompt_title="打开录制、strace 日志或场景文件夹",
    prompt_keys="Tab 补全   ↓ ↑ 选择   Enter 打开   Esc 关闭",
    prompt_more="… 还有 {count} 项：请继续输入",
    prompt_empty="这里没有以此开头的名字。",
    prompt_trouble="无法读取这个文件夹：{why}。",
    opening="正在打开 {what} …",
    leaving="正在结束服务器 …",
    kept="这次会话已保存：{path}",
    not_kept="这次会话未能保存，因为无法写入 {path}（{why}）：请腾出空间、开放写入权限，"
    "或把 XDG_DATA_HOME 设为别的文件夹。",
    nothing_kept="服务器还没有开始：没有可保存的内容。",
    chosen_server={
        "auto": "能追踪 Go 时在 Go 上运行场景，否则在 Python 上。",
        "go": "在 Go 服务器上运行场景。",
        "python": "在插桩的 Python 服务器上运行场景。",
    },
    no_home="从这里没有主页可回。",
    unreadable="{path} 无法理解（{why}）：请改正或删除它。",
    unwritable="{path} 无法写入（{why}）：现在的选择不会被记住。",
    help_scroll="上下键或 j、k 在列表中移动，n 和 b 逐章移动。单击选中，再次单击打开。"
    "在这里单击一行，就执行它。",
    tour_titles=("路径", "源码", "系统调用", "内核", "时序图、时间线、按键"),
    tour_texts=(
        "服务器走过 net.Listen 和 Accept 的路：八个阶段，以及其中更细的步骤。"
        "> 是它此刻所在，✓ 是已走过的，· 还在前面。",
        "正在执行的源码，停在服务器所在的那一行。旁边的注解说明这一行为何在此。",
        "每个系统调用和内核的应答，写法与 strace 相同，列在发起调用的阶段之下。",
        "内核在这一刻持有的一切：socket、accept 队列、epoll 关注的描述符。* 是这一步改变的。",
        "客户端、内核、服务器的时序图；一条线上的全部事件；以及按键。"
        "空格单步，← 后退，n 到下一阶段，c 让一个客户端连接，按 ? 列出全部按键。",
    ),
    tour_keys="Enter 下一步   ← 上一步   Esc 结束",
    tour_last="Enter 开始   ← 上一步",
)


def home_words(language: str) -> HomeWords:
    """Return the words of ``language`` (``en`` or ``zh``); English for any other."""
    return ZH if language == "zh" else EN
