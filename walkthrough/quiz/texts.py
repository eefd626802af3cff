"""What the questions from the trace ask and offer. Why something came is in `explanations`."""

from walkthrough.scenario.schema import Words


def filled(template: Words, **facts: object) -> Words:
    """Return ``template`` with its fields filled in, in both languages; a fact may be `Words`."""
    english, chinese = (
        {
            name: fact.says(language) if isinstance(fact, Words) else fact
            for name, fact in facts.items()
        }
        for language in ("en", "zh")
    )
    return Words(en=template.en.format(**english), zh=template.zh.format(**chinese))


def joined(one: Words, other: Words) -> Words:
    """Return two sentences one after the other, in both languages."""
    return Words(en=f"{one.en} {other.en}", zh=f"{one.zh}{other.zh}")


def same(text: str) -> Words:
    """Return what is the same in both languages: a name, a number."""
    return Words(en=text, zh=text)


FIRST_STAGE = Words(
    en="{function} has been called. Which of the eight stages begins first?",
    zh="{function} 已被调用。八个阶段里，最先开始的是哪一个？",
)
NEXT_STAGE = Words(
    en="{stage} is done. Which stage begins next?",
    zh="{stage} 已经完成。接下来开始的是哪个阶段？",
)
AFTER_FAILURE = Words(
    en="{stage} has failed. Which stage begins next?",
    zh="{stage} 失败了。接下来开始的是哪个阶段？",
)
NO_STAGE = Words(en="none any more", zh="不再有阶段开始")

FIRST_CALL = Words(
    en="{function} has made no system call yet. Which comes first in it?",
    zh="{function} 里面到现在还没有系统调用。最先出现的会是哪一个？",
)
NO_CALL = Words(en="none at all", zh="一个也没有")

DESCRIPTOR = Words(
    en="{call} is being called. Which descriptor will it give?",
    zh="正在调用 {call}。它会给出哪个描述符？",
)
DESCRIPTOR_OF_WAITING = Words(
    en="accept4 is being called, and a connection waits in the accept queue. Which descriptor "
    "will it give?",
    zh="正在调用 accept4，accept 队列里有连接在等。它会给出哪个描述符？",
)
RESULT = Words(
    en="{call} is being called on descriptor {fd}. What will it return?",
    zh="正在对描述符 {fd} 调用 {call}。它会返回什么？",
)
WATCH = Words(
    en="epoll_ctl is being called, to have descriptor {fd} watched. What will it return?",
    zh="正在调用 epoll_ctl，要它监视描述符 {fd}。它会返回什么？",
)
EMPTY_QUEUE = Words(
    en="accept4 is being called, and the accept queue is empty. What comes of it?",
    zh="正在调用 accept4，而 accept 队列是空的。结果会怎样？",
)
NOTHING_TO_READ = Words(
    en="{call} is being called on descriptor {fd}, and nothing has come for it. What comes of it?",
    zh="正在对描述符 {fd} 调用 {call}，而什么也没有到。结果会怎样？",
)
BYTES_TO_READ = Words(
    en="read is being called on descriptor {fd}, with room for {room} bytes; {count} have come. "
    "What will it return?",
    zh="正在对描述符 {fd} 调用 read，缓冲区容得下 {room} 字节，已经到了 {count} 字节。"
    "它会返回什么？",
)
END_TO_READ = Words(
    en="read is being called on descriptor {fd}. All that came has been read, and the client has "
    "closed its sending half. What will it return?",
    zh="正在对描述符 {fd} 调用 read。到了的都已读完，客户端也关闭了它的发送方向。它会返回什么？",
)

CONNECTS = Words(
    en="A client is about to connect, and the accept queue holds {count}. How many does it hold "
    "after that?",
    zh="一个客户端即将连接，accept 队列里现有 {count} 个。之后里面有几个？",
)
TAKES_ONE = Words(
    en="The accept queue holds {count}, and accept4 is being called. How many does it hold once "
    "accept4 has returned?",
    zh="accept 队列里有 {count} 个，正在调用 accept4。它返回之后，队列里有几个？",
)

AFTER_EAGAIN = Words(
    en="{call} has said EAGAIN to goroutine {goroutine}. What does that goroutine do next?",
    zh="goroutine {goroutine} 调用 {call}，得到 EAGAIN。它接着做什么？",
)
PARKS = Words(en="it parks", zh="停放")
TRIES_AGAIN = Words(
    en="it calls {call} again, and so on until it succeeds", zh="再调用 {call}，反复直到成功"
)
GIVES_UP = Words(en="it hands the error to the program", zh="把错误交给程序")
FIRST_POLLS = Words(en="it waits in epoll_pwait itself", zh="自己到 epoll_pwait 里去等")

FAILS = Words(en="-1 {error}", zh="-1 {error}")
AT_ONCE = Words(en="-1 {error}, at once", zh="立刻返回 -1 {error}")
SLEEPS_FOR_CLIENT = Words(en="it sleeps until a client connects", zh="睡着，直到有客户端连接")
SLEEPS_FOR_BYTES = Words(en="it sleeps until something comes", zh="睡着，直到有东西到来")
SLEEPS_FOR_HANDSHAKE = Words(en="nothing, until the handshake is over", zh="握手结束之前不返回")
A_DESCRIPTOR = Words(en="{number}, a descriptor", zh="{number}，一个描述符")
THE_PORT = Words(en="the number of the port", zh="端口号")
