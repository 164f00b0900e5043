module example.com/acme/parkinglot

go 1.21
