"""Package runtime of Go: the scheduler of goroutines, and the network poller."""
