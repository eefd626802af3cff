module workers

go 1.22
