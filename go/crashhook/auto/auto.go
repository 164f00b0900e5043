// Package auto installs the hook of crashhook when it is imported:
//
//	import _ "panictrail.dev/go/crashhook/auto"
//
// If panicwatch asked for something that cannot be done, a line on standard error says so and the program goes on.
package auto

import "panictrail.dev/go/crashhook"

func init() {
	crashhook.Install().Announce()
}
