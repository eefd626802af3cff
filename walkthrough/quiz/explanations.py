"""Explanations: what the questions from the trace teach once they are answered.

An explanation may mention what has been seen until then and how things work, but not what
a scenario asks later.
"""

from walkthrough.model.stages import Place, Stage, Step
from walkthrough.scenario.schema import Words

# Stages

STAGES: dict[Stage, Words] = {
    Stage.RESOLVE_ADDR_LIST: Words(
        en="First the text of the address has to become addresses. The socket is bound or "
        "connected to one of them, and which family it needs depends on it too: so there is no "
        "socket before.",
        zh="先要把地址的文本变成地址：socket 要绑定或连接的就是它，该属于哪个地址族也与它有关，"
        "所以在此之前还不能造 socket。",
    ),
    Stage.SYS_SOCKET: Words(
        en="The network's name, the address and, for a wildcard, what the machine supports have "
        "settled the family: now the kernel can be asked for a socket. All later stages name it by "
        "the descriptor that comes back.",
        zh="网络名、地址，若是通配地址还有机器支持什么，已经定下地址族，于是向内核要一个 socket；"
        "后面的阶段都用它交回的描述符来指称它。",
    ),
    Stage.SET_DEFAULT_SOCKOPTS: Words(
        en="A new socket first gets the options that are wanted on all sockets of its kind, while "
        "it has no address yet and nobody to talk to.",
        zh="新造的 socket 先设上这类 socket 一律要设的选项，趁它还没有地址，也没有对端。",
    ),
    Stage.POLL_SERVER_INIT: Words(
        en="This is the first descriptor of the process that is to be watched, and whoever comes "
        "first starts the poller.",
        zh="这是进程里第一个需要监视的描述符；谁先需要轮询器，就由谁来启动。",
    ),
    Stage.BIND: Words(
        en="The options are set; those that bind looks at, such as SO_REUSEADDR and IPV6_V6ONLY, "
        "have to be set before it. What the socket lacks now is an address.",
        zh="选项已经设好；其中 bind 要看的，例如 SO_REUSEADDR 和 IPV6_V6ONLY，必须赶在它之前设。"
        "socket 现在缺的是一个地址。",
    ),
    Stage.LISTEN: Words(
        en="bind has given the socket an address, and no more. It is listen that makes a listener "
        "of it, and passes the backlog, which limits how many connections may wait there.",
        zh="bind 只给了 socket 一个地址。把它变成监听 socket 的是 listen，它还带上 backlog，"
        "限制可以等多少个连接。",
    ),
    Stage.POLL_OPEN: Words(
        en="From now on something may happen on this descriptor at any time. The program wants to "
        "be told of it rather than ask again and again, and so the descriptor goes to the poller.",
        zh="从现在起，这个描述符上随时会有事发生。程序不想一遍遍去问，而要别人来通报，"
        "于是把描述符交给轮询器。",
    ),
    Stage.ACCEPT: Words(
        en="Listen has returned, and the listener is whole. Now it is for the program to ask for "
        "connections, and every connection is one call of Accept.",
        zh="Listen 已经返回，监听者齐备了。接下来由程序来要连接，要一个连接就调用一次 Accept。",
    ),
}
POLLER_FOR_A_FILE = Words(
    en="listenerBacklog() is an argument of listenStream, so it is called before anything in "
    "there. "
    "It opens a file, /proc/sys/net/core/somaxconn, and Go offers every file it opens to the "
    "poller: so the poller is started here, ahead of bind.",
    zh="listenerBacklog() 是 listenStream 的参数，所以先于其中的一切被调用。它打开文件 "
    "/proc/sys/net/core/somaxconn，而 Go 打开的文件都先交给轮询器，轮询器因此就在这里启动，"
    "赶在 bind 之前。",
)
STAGE_AGAIN = Words(
    en="It begins anew, for another socket: family, options, address and place in the poller are "
    "each socket's own.",
    zh="为另一个 socket 从头再来：地址族、选项、地址、在轮询器里的登记，每个 socket 都各有一份。",
)
LISTEN_AGAIN = Words(
    en="The program calls listen(2) once more on the same socket, descriptor {fd}, which is a "
    "listener already. Nothing is set up again: only the backlog is replaced by the new number.",
    zh="程序对同一个 socket（描述符 {fd}）再调用一次 listen(2)，而它已经在监听。"
    "没有什么要重新建立：只是 backlog 换成新的数。",
)
NO_STAGE_AFTER_FAILURE = Words(
    en="{stage} has failed, and all that follows builds on it. So the error goes up to whoever "
    "called, and no further stage begins.",
    zh="{stage} 失败了，而后面的一切都建立在它之上。错误一路交给调用者，不会再有阶段开始。",
)
NO_STAGE = Words(
    en="All that the socket needed has been done. What the server does after it, reading, writing "
    "and closing, belongs to none of the eight stages.",
    zh="socket 需要的都做完了。服务端此后的读、写、关闭，不属于八个阶段中的任何一个。",
)

# The first system call of a place

CALLS: dict[tuple[Place, str], Words] = {
    (Place(Stage.RESOLVE_ADDR_LIST), "none"): Words(
        en="There is nothing to look up: Go makes the address from its text by itself, and the "
        "kernel hears nothing of it. With a host's name there would be files and sockets here.",
        zh="没有什么要查询：Go 自己就能由文本得出地址，内核毫不知情。换成主机名，"
        "这里就会有文件和 socket。",
    ),
    (Place(Stage.SET_DEFAULT_SOCKOPTS), "none"): Words(
        en="For a socket of this family and type there is nothing to set: the function looks at "
        "both and returns. A stage without any system call is a stage all the same.",
        zh="对这种地址族和类型的 socket，没有什么要设：函数看一眼就返回。"
        "一次系统调用都没有，也照样是一个阶段。",
    ),
    (Place(Stage.SET_DEFAULT_SOCKOPTS), "setsockopt"): Words(
        en="For a socket of this family and type there is something to be set: {option}.",
        zh="对这种地址族和类型的 socket，确有东西要设：{option}。",
    ),
    (Place(None, Step.LISTENER_BACKLOG), "openat"): Words(
        en="Go asks for the largest backlog that the kernel grants, and the kernel tells it in a "
        "file, /proc/sys/net/core/somaxconn. A file has to be opened to be read.",
        zh="Go 要的是内核允许的最大 backlog，而上限写在一个文件里："
        "/proc/sys/net/core/somaxconn。"
        "要读文件，先得打开。",
    ),
    (Place(None, Step.LISTENER_BACKLOG), "none"): Words(
        en="The limit was read for the first listener and has been remembered since. If somaxconn "
        "is raised, Go does not notice until the program is started again; if it is lowered, the "
        "kernel itself cuts the number down in listen(2), without an error.",
        zh="上限在第一个监听器那里读过，一直记着。somaxconn 若调大，Go 要等程序重新启动才会知道；"
        "若调小，内核会在 listen(2) 里自己把这个数截短，也不报错。",
    ),
    (Place(Stage.POLL_SERVER_INIT), "epoll_create1"): Words(
        en="Before anything can be watched there has to be an epoll. The first that is added to it "
        "is Go's own: a descriptor by which a thread can be woken out of its wait.",
        zh="要监视什么，先得有一个 epoll。第一个加进去的是 Go 自己的描述符，"
        "用它可以把等待中的线程叫醒。",
    ),
    (Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS), "setsockopt"): Words(
        en="Go sets {option} on every stream listener, and before bind, which looks at it: with it "
        "a TCP server that is started again can bind its port while connections of its former life "
        "are still in TIME_WAIT. For the path of a Unix socket it changes nothing.",
        zh="Go 给每个流式监听 socket 都设 {option}，而且赶在 bind 之前，因为 bind 会看它："
        "有了它，TCP 服务端重新启动时，上一次的连接还在 TIME_WAIT 也能绑定端口。"
        "对 Unix socket 的路径，它不起作用。",
    ),
    (Place(Stage.POLL_OPEN), "epoll_ctl"): Words(
        en="EPOLL_CTL_ADD puts one descriptor more on the interest list of the epoll that is there "
        "already. The call only says what is to be watched and does not wait for it.",
        zh="EPOLL_CTL_ADD 在已有的 epoll 的兴趣列表上再添一个描述符。它只说要监视什么，并不等待。",
    ),
    (Place(Stage.ACCEPT), "accept4"): Words(
        en="Go tries first and waits later. Somebody may be in the queue already, and then "
        "there is "
        "nothing to wait for.",
        zh="Go 先试，等是后话。也许队列里已经有人了，那就没有什么可等的。",
    ),
    (Place(Stage.ACCEPT, Step.POLL_WAIT), "none"): Words(
        en="Parking is the scheduler's business and happens inside the process: the goroutine is "
        "noted down as waiting for this descriptor and put aside. The kernel is not asked.",
        zh="停放是调度器的事，全在进程内部：记下这个 goroutine 在等哪个描述符，把它放到一边。"
        "并不惊动内核。",
    ),
    (Place(Stage.ACCEPT, Step.POLL_OPEN), "epoll_ctl"): Words(
        en="accept4 has given a descriptor, and no more than that: epoll does not know it. It is "
        "put on the interest list by an EPOLL_CTL_ADD of its own.",
        zh="accept4 只给了一个描述符，epoll 还不认识它；要用它自己的一次 EPOLL_CTL_ADD "
        "加进兴趣列表。",
    ),
    (Place(None, Step.SET_DEADLINE), "none"): Words(
        en="A deadline is a timer of Go's own runtime; the kernel is told nothing of it.",
        zh="期限是 Go 运行时自己的定时器，内核对此一无所知。",
    ),
    (Place(None, Step.CLOSE), "epoll_ctl"): Words(
        en="The descriptor is taken off the interest list before it is closed, since from then on "
        "its number may be given to another file.",
        zh="先把描述符从兴趣列表上取下，再关闭它：关闭之后，这个编号随时会给别的文件。",
    ),
    (Place(None, Step.CLOSE), "close"): Words(
        en="This descriptor is on no interest list, so there is nothing to undo before: it is "
        "closed, and its number is free again.",
        zh="这个描述符不在任何兴趣列表上，没有什么要先撤销：直接关闭，编号就空出来了。",
    ),
}

OPTIONS: dict[str, Words] = {
    "IPV6_V6ONLY": Words(
        en="Its default is up to the machine (bindv6only), so Go sets it explicitly.",
        zh="它的默认值由各台机器自定（bindv6only），所以 Go 明确设一遍。",
    ),
    "SO_BROADCAST": Words(
        en="Without it the kernel refuses to send to a broadcast address.",
        zh="不设它，内核就不让往广播地址发送。",
    ),
}
"""What is added for a default option that is set."""

# What a system call returns

LOWEST = Words(
    en="The kernel gives the lowest number that is free: {taken} are open, and so it is {number}.",
    zh="内核总是给出最小的空闲编号。已打开的是 {taken}，所以是 {number}。",
)
LOWEST_THEN = Words(
    en="The kernel gives the lowest number that is free at that instant; other threads may have "
    "opened or closed something meanwhile.",
    zh="内核给出那一刻最小的空闲编号；其间别的线程可能又打开或关闭了什么。",
)
BOUND = Words(
    en="Nothing stood in the way, and the socket has the address now. Calls that have nothing to "
    "give back but success return 0; a port that the kernel picked is asked for later, by "
    "getsockname.",
    zh="没有什么冲突，socket 现在有了这个地址。除了成功没有东西可交回的调用，返回 0；"
    "内核挑的端口号，之后用 getsockname 去问。",
)
LISTENS = Words(
    en="listen makes no new descriptor: it is the same socket, now in state LISTEN. The backlog "
    "went in as an argument, and what came of it is seen in the kernel's view.",
    zh="listen 并不产生新的描述符：还是那个 socket，现在处于 LISTEN。backlog 是作为参数带进去的，"
    "结果如何，看内核那一栏。",
)
WATCHED = Words(
    en="The descriptor is on the interest list, and with that the call has done its work. Waiting "
    "for something to happen is a call of its own, epoll_pwait.",
    zh="描述符已在兴趣列表上，这次调用的事就做完了。等待事情发生，是另外一个调用：epoll_pwait。",
)
CONNECTED = Words(
    en="There was nothing to wait for: when connect returned, the connection was made already.",
    zh="没有什么要等的：connect 返回时，连接已经建成。",
)
EMPTY_QUEUE = Words(
    en="The socket is non-blocking. Where accept would have to wait, it answers EAGAIN at once: "
    "that is no failure, it only says that nobody is there yet.",
    zh="这个 socket 是非阻塞的：accept 若要等，就立刻答以 EAGAIN。这不算失败，只是说还没有人来。",
)
NOTHING_TO_READ = Words(
    en="The descriptor is non-blocking, so the thread is never held up by a peer that is silent: "
    "EAGAIN comes at once, and what to do about it is left to the caller.",
    zh="描述符是非阻塞的，对端沉默也绝不会拖住线程：立刻得到 EAGAIN，接下来怎么办由调用者决定。",
)
BYTES = Words(
    en="A read takes what is there, up to the room it has, and does not wait for more: {count} of "
    "{room} bytes.",
    zh="read 有多少拿多少，以缓冲区为限，不会等更多的到来：{room} 字节的空间，拿到 {count} 字节。",
)
END = Words(
    en="The client's FIN is all that is left, and 0 means just that: the stream has come to its "
    "end. A silent client would have given EAGAIN.",
    zh="剩下的只有客户端的 FIN，0 说的正是这个：流到头了。客户端若只是沉默，得到的会是 EAGAIN。",
)
ERRORS: dict[str, Words] = {
    "EMFILE": Words(
        en="Every descriptor that the process may have is in use, and without a descriptor there "
        "is nothing the kernel could give back.",
        zh="进程可用的描述符都占满了；没有描述符，内核就没有东西可交。",
    ),
    "ENFILE": Words(
        en="The whole machine has run out of open files; this process can do nothing about it but "
        "try again later.",
        zh="整台机器打开的文件都到了上限；这个进程除了稍后再试，别无办法。",
    ),
    "ENOSPC": Words(
        en="A user may have only so many watched descriptors (max_user_watches), and the limit has "
        "been reached.",
        zh="每个用户能监视的描述符有上限（max_user_watches），现在到顶了。",
    ),
    "EINTR": Words(
        en="EINTR says that a signal interrupted the call. Nothing has happened and nothing is "
        "lost; the call is simply to be made again.",
        zh="EINTR 的意思是调用被信号打断。什么也没发生，什么也没丢，再调用一次就是。",
    ),
    "ECONNABORTED": Words(
        en="The connection was given up while it waited in the queue. It concerns that one alone: "
        "the next may be sound.",
        zh="这个连接在队列里等待时被放弃了。这只关系到它自己，下一个也许好好的。",
    ),
    "ECONNRESET": Words(
        en="The other end has sent RST: the connection does not exist any more. On Linux the bytes "
        "that came before the RST are read first, and this error comes after them, once.",
        zh="对端发来 RST：连接不复存在。在 Linux 上，RST 之前到的数据先读出来，"
        "读完之后才报这个错误，只报一次。",
    ),
    "EINPROGRESS": Words(
        en="A handshake takes a round trip, and the socket is non-blocking: connect has begun it "
        "and does not wait for its end.",
        zh="握手要一个来回，而 socket 是非阻塞的：connect 只是开了头，不等它结束。",
    ),
}
ERRORS_OF: dict[tuple[str, str], Words] = {
    ("bind", "EADDRINUSE"): Words(
        en="Another socket has this address. SO_REUSEADDR helps against connections left in "
        "TIME_WAIT, and not against a socket that listens.",
        zh="这个地址已被别的 socket 占用。SO_REUSEADDR 对付的是留在 TIME_WAIT 的连接，"
        "对正在监听的 socket 没有用。",
    ),
    ("bind AF_UNIX", "EADDRINUSE"): Words(
        en="The path exists already, and bind would have to make it. A file that a dead server "
        "left behind is enough, and SO_REUSEADDR does not help: somebody has to remove it.",
        zh="路径已经存在，而 bind 要新建它。哪怕只是死掉的服务端留下的文件，也是如此，"
        "SO_REUSEADDR 不起作用：得先把文件删掉。",
    ),
    ("bind", "EACCES"): Words(
        en="Ports below ip_unprivileged_port_start are for the privileged, and bind is the call "
        "that asks for the port.",
        zh="低于 ip_unprivileged_port_start 的端口要有特权，而提出要这个端口的正是 bind。",
    ),
    ("bind AF_UNIX", "EACCES"): Words(
        en="bind makes a file for the path, and this user may not make one in that folder.",
        zh="bind 要按路径造一个文件，而这个用户不能在那个文件夹里造文件。",
    ),
    ("bind", "EADDRNOTAVAIL"): Words(
        en="No interface of this machine has that address, so nobody could ever be reached there.",
        zh="本机没有哪个接口有这个地址，绑在那里谁也连不上。",
    ),
    ("listen", "EADDRINUSE"): Words(
        en="Another socket listens on this port. While neither listened, SO_REUSEADDR let both be "
        "bound to it; only one of them can be the listener.",
        zh="另一个 socket 已在这个端口上监听。谁都没监听的时候，SO_REUSEADDR 让两者都能绑定；"
        "但监听的只能有一个。",
    ),
    ("connect", "EINTR"): Words(
        en="EINTR says that a signal interrupted the call. The handshake goes on all the same, so "
        "connect is not made again: its end is waited for, as after EINPROGRESS.",
        zh="EINTR 的意思是调用被信号打断。握手照样在进行，所以不再调用 connect："
        "等它结束就是，和得到 EINPROGRESS 时一样。",
    ),
    ("connect", "ECONNREFUSED"): Words(
        en="Nobody listens there, and the kernel over there says so by RST.",
        zh="那里没有人监听，对方的内核以 RST 回绝。",
    ),
    ("connect AF_UNIX", "ECONNREFUSED"): Words(
        en="The path is there, but no socket listens on it any more.",
        zh="路径还在，但已经没有 socket 在上面监听。",
    ),
}
"""Errors that mean different things for different calls; ``CALL AF_UNIX`` is for a path."""
INJECTED = Words(
    en="Here the scenario has put the error in; the kernel was not asked.",
    zh="这里的错误是场景注入的，内核并没有被问到。",
)

# The accept queue

QUEUED = Words(
    en="The kernel has shaken hands by itself and put the finished connection into the queue, from "
    "{before} to {after}. Nothing of the server ran for it.",
    zh="内核自己完成了握手，把完成的连接放进队列，{before} 变成 {after}。"
    "服务端为此一行代码也没有跑。",
)
QUEUED_BY_PATH = Words(
    en="The kernel has connected the two by itself, which takes no handshake on a path, and put "
    "the connection into the queue, from {before} to {after}. Nothing of the server ran for it.",
    zh="内核自己把两端连上（按路径连接，不需要握手），放进队列，{before} 变成 {after}。"
    "服务端为此一行代码也没有跑。",
)
QUEUE_FULL_BY_PATH = Words(
    en="The queue is full: {count} wait where the backlog is {backlog}, for the kernel lets in one "
    "more than that. Where there is no network the client is told so: a connect that does not "
    "block gets EAGAIN, one that blocks sleeps.",
    zh="队列满了：backlog 是 {backlog}，而内核会多放进一个，所以有 {count} 个在等。"
    "没有网络隔着，客户端会直接得知：非阻塞的 connect 得到 EAGAIN，阻塞的则睡眠等待。",
)
QUEUE_FULL = Words(
    en="The queue is full: {count} wait where the backlog is {backlog}, for the kernel lets in one "
    "more than that. The client's SYN is dropped; it hears nothing and will try again.",
    zh="队列满了：backlog 是 {backlog}，而内核会多放进一个，所以有 {count} 个在等。"
    "客户端的 SYN 被丢弃，它得不到任何答复，过后会再试。",
)
NOT_CONNECTED = Words(
    en="connect has said {error}, so no connection is there that could wait.",
    zh="connect 给出 {error}，没有连接，也就没有什么可排队的。",
)
ONE_TAKEN = Words(
    en="accept4 takes one out, the one that has waited longest; the others stay where they "
    "are, and "
    "each needs a call of its own.",
    zh="accept4 只取走一个，等得最久的那个；其余的留在原处，各要一次调用。",
)
NONE_TAKEN = Words(
    en="accept4 has failed with {error} and taken nothing out: whoever waited is still waiting.",
    zh="accept4 以 {error} 失败，什么也没取走：在等的还在等。",
)

# After EAGAIN

PARKS = Words(
    en="Asking again and again would keep a processor busy for nothing. The goroutine parks "
    "instead, until somebody makes it ready; the program's call simply has not returned yet.",
    zh="反复去问，只是白白占用处理器。所以 goroutine 停放起来，直到有人让它就绪；"
    "在程序看来，不过是那个调用还没返回。",
)

UNEXPLAINED = Words(
    en="It was {came} this time. Look at the line of source that led to it, and at what the kernel "
    "held just before.",
    zh="这一次是 {came}。看看引出它的那行源码，以及就在那之前内核里有些什么。",
)
"""For what a live server does and no explanation exists for."""
UNSEEN = Words(
    en="What came of it could not be seen, or what the question took for given was not so. It "
    "does not count.",
    zh="结果没能看到，或者问题所依据的情形并不成立。这一题不算。",
)
