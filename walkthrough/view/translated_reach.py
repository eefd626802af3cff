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
    # walkthrough.capture.session.guard
    # walkthrough.capture.environment.network_namespace
}
