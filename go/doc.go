// Package panictrail is the root of the Go side of panictrail; it holds no code itself.
//
// Below it are:
//
//   - crashhook, for a program to import: under panicwatch the crash and the last events before it are kept where
//     neither a closed standard error nor SIGKILL can take them. crashhook/httpmw says which HTTP request panicked,
//     and crashhook.LogError writes the types of a whole chain of errors.
//   - panicwatch, a command that runs a program in a container and keeps the text of its crashes.
//
// Neither is needed: panictrail reads the logs that Go programs already write; see the README of the repository.
//
// The folder fixtures holds Go programs that crash on purpose. They are modules of their own, so that nothing
// imported from here can reach them.
package panictrail
