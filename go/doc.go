// Package panictrail is the root of the Go side of panictrail. It holds no code yet.
//
// Two packages will live below it, each with its own documentation:
//
//   - crashhook is for a service to import: it will hand the text of a fatal panic, and the panics that the
//     service recovers itself, to panictrail as panic events.
//   - panicwatch will be a command that starts an unchanged program, reads its standard error and sends on what it
//     finds there when the program dies.
//
// Neither exists today. Until they do, panictrail reads the logs that Go programs already write; see the
// README of the repository.
//
// The folder fixtures holds Go programs that crash on purpose. They are modules of their own, so that nothing
// imported from here can reach them.
package panictrail
