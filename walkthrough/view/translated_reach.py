"""What is said in English of who can connect to a server, and the same in Chinese. Data.

``{}`` stands for what differs; in Chinese it has its number.
"""

REACH: dict[str, str] = {
    # walkthrough.capture.environment.exposure
    # walkthrough.capture.session.guard
    # walkthrough.capture.environment.network_namespace
}
