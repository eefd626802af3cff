"""Where on the path a program's system calls are, told from the calls alone, one by one."""
