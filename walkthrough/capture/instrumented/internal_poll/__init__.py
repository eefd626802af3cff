"""Package internal/poll of Go: descriptors that wait in the poller instead of the kernel."""
