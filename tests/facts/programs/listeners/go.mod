module walkthrough.example/facts/listeners

go 1.21
