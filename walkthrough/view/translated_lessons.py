"""What is said in English of mistakes in a scenario's own files, and the same in Chinese. Data.

``{}`` stands for what differs; in Chinese it has its number. A mistake is put together: where it
is, what was found, what is allowed. Each part that has words of its own is an entry.
"""

FRAMES: dict[str, str] = {
    # Where it is (walkthrough.scenario.validation.errors)
    "{}.toml, line {} ({}): {}.": "{0}.toml 第 {1} 行（{2}）：{3}。",
    "{}.toml, line {} ({}): {}?": "{0}.toml 第 {1} 行（{2}）：{3}？",
    "{}.toml, line {}: {}.": "{0}.toml 第 {1} 行：{2}。",
    "{}.toml, line {}: {}?": "{0}.toml 第 {1} 行：{2}？",
    "{}.toml ({}): {}.": "{0}.toml（{1}）：{2}。",
    "{}.toml ({}): {}?": "{0}.toml（{1}）：{2}？",
    "{}.toml: {}.": "{0}.toml：{1}。",
    "{}.toml: {}?": "{0}.toml：{1}？",
    # Points that never come (walkthrough.scenario.validation.script_rules)
    "{}: '{}' is never reached, for {}": "{0}：永远不会到达 '{1}'，因为{2}",
    "when: '{}' is never reached here, for {}": "when：在这里永远不会到达 '{0}'，因为{1}",
    "when: '{}' cannot be told here: {}": "when：在这里无法得知 '{0}'：{1}",
    "when: {}": "when：{0}",
    "at: {}": "at：{0}",
    "stages: {}": "stages：{0}",
    "path: {}": "path：{0}",
    "failed: {}": "failed：{0}",
}
"""What stands around the rest of a sentence: it is looked for first, in this order."""

_FOUND: dict[str, str] = {
    "{} is {}": "{0} 写的是 {1}",
    "{} has {}": "{0} 里有 {1}",
    "unknown key {}": "没有 {0} 这个键",
    "control has the socket option {}": "control 里有套接字选项 {0}",
    "{} is {}, which is no error of errno(3)": "{0} 是 {1}，它不是 errno(3) 里的错误",
    "call is {}, which is no system call that is traced": "call 是 {0}，它不在跟踪的系统调用之列",
    "{} is no system call that is traced": "{0} 不在跟踪的系统调用之列",
    "{} is no error of errno(3)": "{0} 不是 errno(3) 里的错误",
    "{} is no state of a socket": "{0} 不是套接字的状态",
    "{} is no stage and no finer step": "{0} 既不是阶段，也不是细分步骤",
}
"""What was found, before the word that is meant instead, or all that there are."""

_INSTEAD: dict[str, str] = {
    "; did you mean {}": "；是不是 {{{0}}}",
    "; allowed are: {}": "；可用的有：{{{0}}}",
    "; there are: {}": "；可用的有：{{{0}}}",
}

LESSONS: dict[str, str] = {
    **{
        found + instead: in_chinese + instead_in_chinese.format(found.count("{}"))
        for found, in_chinese in _FOUND.items()
        for instead, instead_in_chinese in _INSTEAD.items()
    },
    # Keys and types (walkthrough.scenario.validation.toml_decode)
    "missing key {}": "缺少键 {0}",
    "missing key {} in [{}]": "[{1}] 里缺少键 {0}",
    "{} has to be {}, and is {}": "{0} 的类型必须是：{1}；这里却是：{2}",
    "the file": "文件",
    "a text": "文本",
    "a whole number": "整数",
    "a number": "数字",
    "true or false": "true 或 false",
    "a list": "列表",
    "a table": "表",
    "a date or time": "日期或时间",
    "something else": "别的类型",
    "a list of tables, each begun with [[{}]]": "由表组成的列表，每个表以 [[{0}]] 开头",
    "{} is {}; allowed is at least {}": "{0} 是 {1}；至少为 {2}",
    "{} is {}; allowed is more than {}": "{0} 是 {1}；必须大于 {2}",
    "{} is {}; allowed is at most {}": "{0} 是 {1}；至多为 {2}",
    "{} is {}; allowed is at least {} and at most {}": "{0} 是 {1}；至少为 {2}，至多为 {3}",
    "{} is {}; allowed is more than {} and at most {}": "{0} 是 {1}；必须大于 {2}，至多为 {3}",
    # What is no TOML, in the words of Python's tomllib
    "{} is not TOML: {}.": "{0} 不是 TOML：{1}。",
    "{} is not TOML: {}": "{0} 不是 TOML：{1}",
    "{} (at line {}, column {})": "{0}（第 {1} 行第 {2} 列）",
    "{} (at end of document)": "{0}（文件末尾）",
    "a number does not fit into 64 bits": "有一个数超出了 64 位",
    "Invalid statement": "语句无效",
    "Invalid value": "值无效",
    "Invalid hex value": "十六进制值无效",
    "Invalid date or datetime": "日期或时间无效",
    "Invalid initial character for a key part": "键不能以这个字符开头",
    "Expected newline or end of document after a statement": "语句之后应换行或结束",
    "Expected '=' after a key in a key/value pair": "键的后面应有 '='",
    "Expected ']' at the end of a table declaration": "表的声明末尾应有 ']'",
    "Expected ']]' at the end of an array declaration": "数组的声明末尾应有 ']]'",
    "Expected {}": "应为 {0}",
    "Found invalid character {}": "无效字符 {0}",
    "Illegal character {}": "不允许的字符 {0}",
    "Cannot declare {} twice": "不能两次声明 {0}",
    "Cannot overwrite a value": "同一个值不能写两次",
    "Cannot mutate immutable namespace {}": "不能修改已经写完的 {0}",
    "Cannot redefine namespace {}": "不能重新定义 {0}",
    "Duplicate inline table key {}": "内联表里的键 {0} 重复",
    "Unclosed array": "数组没有结束",
    "Unclosed inline table": "内联表没有结束",
    "Unescaped '\\' in a string": "字符串里的 '\\' 没有转义",
    "Unterminated string": "字符串没有结束",
    "Escaped character is not a Unicode scalar value": "转义的字符不是 Unicode 字符",
    "TOML inline arrays/tables are nested more than the allowed {} levels": (
        "TOML 的内联数组或表嵌套超过 {0} 层"
    ),
    "maximum recursion depth exceeded": "嵌套太深",
    "maximum recursion depth exceeded {}": "嵌套太深",
    "[Errno {}] {}: {}": "{2}：{1}（错误号 {0}）",
    # A scenario that makes no sense (walkthrough.scenario.validation.scenario_rules)
    "the folder's name is {}; allowed are small letters, digits and hyphens": (
        "文件夹的名字是 {0}；只能用小写字母、数字和连字符"
    ),
    "name is {}; it has to be the folder's name, {}": "name 是 {0}；它必须是文件夹的名字 {1}",
    "{} is empty; it has to say something": "{0} 是空的；必须有内容",
    "network is {}, and the program {} takes {}: set program = {} in [server], "
    "or another network": (
        "network 是 {0}，而程序 {1} 只接受 {2}：请在 [server] 里写 program = {3}，或换一种 network"
    ),
    'servers is empty; allowed are "go", "python" or both': (
        'servers 是空的；可以写 "go"、"python" 或两者'
    ),
    "go is {}; it has to be a version of Go, such as {}": (
        "go 是 {0}；它必须是 Go 的版本，例如 {1}"
    ),
    "{} means nothing to the program {}; leave it out": "{0} 对程序 {1} 没有意义；请去掉它",
    "a fault needs 'at' (a place), 'call' (a system call) or both": (
        "fault 需要 'at'（位置）、'call'（系统调用）或两者"
    ),
    "call is {}, which is never made at {}; what may be made there: {}": (
        "call 是 {0}，它从不在 {1} 发生；那里可能发生的有：{2}"
    ),
    "at is {}, and {}": "at 是 {0}，而{1}",
    # Points and places (walkthrough.state.triggers)
    "nothing ever parks in {}; what parks are: {}": (
        "没有 goroutine 会停放在 {0} 里；会停放的地方有：{1}"
    ),
    "{} is no point on the path; write 'at once', 'after X', 'before X', 'while X is parked', "
    "'server idle' or 'server exited'": (
        "{0} 不是路径上的时刻；请写 'at once'、'after X'、'before X'、'while X is parked'、"
        "'server idle' 或 'server exited'"
    ),
    # Which are never reached (walkthrough.scenario.validation.reachability)
    "the program {} never comes to {}": "程序 {0} 从不到达 {1}",
    "over a unix socket there is no {}": "在 unix 套接字上没有 {0}",
    "there is no control hook unless [server] names options in 'control'": (
        "除非 [server] 在 'control' 里写明选项，否则没有 control 钩子"
    ),
    "there is no deadline unless [server] has 'deadline_ms'": (
        "除非 [server] 写有 'deadline_ms'，否则没有截止时间"
    ),
    "the server has ended by then, and nothing but 'at once' and 'server exited' comes": (
        "那时服务器已经结束，此后只会有 'at once' 和 'server exited'"
    ),
    "{} is over by then: the action before waits for '{}'": (
        "那时 {0} 已经过去：前一个动作等的是 '{1}'"
    ),
    "after 'let-go' no function is captured": "从 'let-go' 起不再捕获函数",
    "after 'let-go' nobody sees where goroutines park; take 'server idle'": (
        "从 'let-go' 起看不到 goroutine 停放在哪里；请用 'server idle'"
    ),
    # Scripts (walkthrough.scenario.validation.script_rules)
    "once the server has ended it cannot be let go": ("服务器已经结束，无法再让它全速运行"),
    "{} belongs to {}, not to {}": "{0} 属于 {1}，不属于 {2}",
    "missing key 'data': what 'send' sends": "缺少键 'data'，即 'send' 要发送的内容",
    "fails is about what a client does, and {} is not": (
        "fails 说的是客户端做的事，而 {0} 不是客户端做的"
    ),
    "what fails receives nothing: leave out 'fails' or this": (
        "失败的动作什么也收不到：请去掉 'fails' 或去掉这个键"
    ),
    "receives has {} bytes; allowed are {} at most": "receives 有 {0} 字节；最多 {1} 字节",
    "listener is {}; there is 1 listener ('also' adds more)": (
        "listener 是 {0}；只有 1 个监听器（可用 'also' 增加）"
    ),
    "listener is {}; there are {} listeners ('also' adds more)": (
        "listener 是 {0}；只有 {1} 个监听器（可用 'also' 增加）"
    ),
    "{} is done by no client; leave 'client' and 'clients' out": (
        "{0} 不是客户端做的；请去掉 'client' 和 'clients'"
    ),
    "do is 'let-go', which the Go server alone can do: servers = [{}]": (
        "do 是 'let-go'，只有 Go 服务器做得到：请写 servers = [{0}]"
    ),
    "do is 'accept', which takes the connection that the server has made to the neighbour: it "
    "needs program 'dial' in [server] and a table [neighbour]": (
        "do 是 'accept'，它接受服务器拨向邻居的连接：需要在 [server] 里写程序 'dial'，"
        "并有表 [neighbour]"
    ),
    "do is 'connect', but the program 'dial' does not listen": (
        "do 是 'connect'，但程序 'dial' 并不监听"
    ),
    "client {} is connected already; give the new one another number": (
        "客户端 {0} 已经连接；请给新的客户端另一个编号"
    ),
    "client {} is not connected here, so it cannot {}: let it 'connect' first": (
        "客户端 {0} 在这里没有连接，不能 {1}：请先让它 'connect'"
    ),
    # Addresses (walkthrough.scenario.validation.address_rules)
    "{} has {}, and there is no table [neighbour]": "{0} 里有 {1}，却没有表 [neighbour]",
    "{} is {}; it has to be a loopback address, such as 127.0.0.1": (
        "{0} 是 {1}；它必须是回环地址，例如 127.0.0.1"
    ),
    "{} is {}; over 'unix' it is '{dir}/' and a name, in a folder that is made for each run": (
        "{0} 是 {1}；用 'unix' 时要写 '{{dir}}/' 加一个名字，那个文件夹每次运行都会新建"
    ),
    "{} is {}; the name may have at most {} bytes, for a socket's path is short": (
        "{0} 是 {1}；名字最多 {2} 字节，因为套接字的路径很短"
    ),
    "{} is {}; {} is for 'unix' sockets": "{0} 是 {1}；{2} 只用于 'unix' 套接字",
    "{} is {}; {} stands for a whole address, so it has to stand alone": (
        "{0} 是 {1}；{2} 代表整个地址，必须单独写"
    ),
    "{} is {}; it has to be 'host:port', and port 0 lets the kernel choose": (
        "{0} 是 {1}；它必须是 'host:port'，端口 0 让内核来选"
    ),
    "{} is {}; the port has to be a number from 0 to 65535": (
        "{0} 是 {1}；端口必须是 0 到 65535 的数字"
    ),
    "{} is {}; an IPv6 host stands in brackets: '[::1]:0'": (
        "{0} 是 {1}；IPv6 主机要写在方括号里：'[::1]:0'"
    ),
    "{} is {}; an address here has no zone: leave out the '%' and what follows it": (
        "{0} 是 {1}；这里的地址没有区域：请去掉 '%' 和它后面的部分"
    ),
    "{} is {}; the host has to be an IP address or nothing, so that nobody has to be "
    "asked for it": ("{0} 是 {1}；主机必须是 IP 地址或留空，这样就不必向任何人查询"),
    "{} is {}; over {} the host has to be of IPv{}": "{0} 是 {1}；用 {2} 时主机必须是 IPv{3}",
    # Promises (walkthrough.scenario.validation.expect_rules)
    "printed {} is {}; it has to be one line": "printed {0} 是 {1}；它必须是一行",
    "never cannot be told, for after 'let-go' no system call is captured: leave it out": (
        "never 无法得知，因为 'let-go' 之后不再捕获系统调用：请去掉它"
    ),
    "without cannot be told, for after 'let-go' no system call is captured: leave it out": (
        "without 无法得知，因为 'let-go' 之后不再捕获系统调用：请去掉它"
    ),
    "stages has {} twice; it is the order in which each first began ('path' may have repeats)": (
        "stages 里有两次 {0}；它写的是各阶段初次开始的顺序（'path' 里可以重复）"
    ),
    "stages has {}, and {}": "stages 里有 {0}，而{1}",
    "path has {}, and {}": "path 里有 {0}，而{1}",
    "failed has {}, and {}": "failed 里有 {0}，而{1}",
    "seen is empty; it has to have a pattern at least": "seen 是空的；至少要有一个模式",
    "without is about what comes between two calls of 'seen'": (
        "without 说的是 'seen' 的两个调用之间的内容"
    ),
    "{} is no system call in strace's notation, such as {}": (
        "{0} 不是 strace 写法的系统调用，例如 {1}"
    ),
    "{} fits no line, for strace's notation goes on with the error's text; put a '*' behind it": (
        "{0} 与任何一行都不符，因为 strace 的写法后面还有错误的文字；请在末尾加 '*'"
    ),
    "nothing is looked at; give one of: {}": "没有写要看什么；请写其中之一：{0}",
    "server is {}, and the scenario runs under {} alone": (
        "server 是 {0}，而这个场景只能用 {1} 运行"
    ),
    "exit_code is {}, so [end] has to wait for it: when = {}": (
        "exit_code 是 {0}，所以 [end] 必须等到它：请写 when = {1}"
    ),
    "when is 'server exited', so [expect] has to have an 'exit_code'": (
        "when 是 'server exited'，所以 [expect] 里必须有 'exit_code'"
    ),
    # Questions and notes (walkthrough.scenario.validation.question_rules, walkthrough.source.notes)
    "id is {}; allowed are small letters and digits, joined by dots or hyphens": (
        "id 是 {0}；只能用小写字母和数字，以点或连字符相连"
    ),
    "id is {}; it begins with the scenario's name, as in {}": (
        "id 是 {0}；它要以场景的名字开头，例如 {1}"
    ),
    "id is {}, and {} {} has it already; give it another": (
        "id 是 {0}，而 {1} {2} 已经用了它；请另取一个"
    ),
    "it has {} [[question.choice]]; allowed are {} to {}": (
        "它有 {0} 个 [[question.choice]]；应有 {1} 到 {2} 个"
    ),
    "no choice is right; exactly one has 'right = true'": (
        "没有正确的选项；要有且只有一个写 'right = true'"
    ),
    "{} choices are right; exactly one has 'right = true'": (
        "有 {0} 个正确的选项；要有且只有一个写 'right = true'"
    ),
    "two notes are called {}; give each an id of its own": (
        "有两条注解都叫 {0}；请给每条注解各自的 id"
    ),
    "versions {} is not like '>=1.24' or '>=1.21,<1.24'": (
        "versions {0} 写得不像 '>=1.24' 或 '>=1.21,<1.24'"
    ),
    "{}: notes are written as [[note]]": "{0}：注解要写成 [[note]]",
    "{}: note {} is not a table": "{0}：注解 {1} 不是表",
    "{}, note {}: {}": "{0}，注解 {1}：{2}",
}
