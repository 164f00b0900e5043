// Package panictrail is the root of the Go side of panictrail, the tool that
// leads from a Go crash to the change that caused it.
//
// It holds no code yet. Two parts are planned to live below it:
//
//   - crashhook, a small package that a service imports so that its crash text
//     is written where panictrail collects it, together with the build that ran;
//   - panicwatch, a wrapper that starts a program, passes its output on and
//     hands over the crash text when the program dies.
//
// Crash texts of ordinary Go programs need neither: panictrail reads them as
// the Go runtime writes them.
//
// The folder fixtures holds programs that crash on purpose, as modules of
// their own; the logs in docs/demo are recordings of them.
package panictrail
