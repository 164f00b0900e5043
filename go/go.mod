module panictrail.dev/go

go 1.21
