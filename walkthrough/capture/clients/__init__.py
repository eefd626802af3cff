"""The scripted clients: real sockets that connect, send, close and reset on command."""
