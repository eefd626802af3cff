"""What is said in English of files, scenarios and commands, and the same in Chinese. Data alone.

``{}`` stands for what differs; in Chinese it has its number.
"""

FILES: dict[str, str] = {
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
    # Strace logs (walkthrough.strace_log)
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
}
