module walkthrough.example/facts/unclosed

go 1.21
