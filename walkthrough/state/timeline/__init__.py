"""The timeline of a recording: lanes of goroutines and clients, runs of equal cells."""
