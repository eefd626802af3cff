"""What is said in English of files, scenarios and commands, and the same in Chinese. Data alone.

``{}`` stands for what differs; in Chinese it has its number.
"""

FILES: dict[str, str] = {
    # Temporary folders (walkthrough.cli.temporary)
    "no temporary folder could be made ({}): set TMPDIR to a folder that you may write to, and "
    "that has room.": ("无法建立临时文件夹（{0}）：请把 TMPDIR 设为可写且有空间的文件夹。"),
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
