//go:build !go1.23

package crashhook

import "os"

// setCrashOutput does nothing: before Go 1.23 the runtime writes crashes to standard error only.
func setCrashOutput(*os.File) (bool, error) {
	return false, nil
}
