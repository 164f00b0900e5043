package main

import (
	"fmt"
	"testing"
)

func record(generation, revision int, title string) []byte {
	return fmt.Appendf(nil, `{"cluster":"c1","generation":%d,"revision":%d,"occurrences":2,"title":%q,"new":{"x":1}}`,
		generation, revision, title)
}

func TestTakeKeepsTheHighestGenerationAndRevision(t *testing.T) {
	tests := []struct {
		name   string
		values [][]byte
		want   string // of the last value
	}{
		{"the first report", [][]byte{record(1, 1, "a")}, "c1  1.1  2 times  a"},
		{"a higher revision", [][]byte{record(1, 1, "a"), record(1, 2, "b")}, "c1  1.2  2 times  b"},
		{"the same again", [][]byte{record(1, 1, "a"), record(1, 1, "a")}, ""},
		{"a lower revision", [][]byte{record(1, 3, "a"), record(1, 2, "b")}, ""},
		{"a higher generation starts anew", [][]byte{record(1, 9, "a"), record(2, 1, "b")}, "c1  2.1  2 times  b"},
		{"a lower generation", [][]byte{record(2, 1, "a"), record(1, 9, "b")}, ""},
		{"gone", [][]byte{record(1, 1, "a"), nil}, "c1  gone"},
		{"back again", [][]byte{record(1, 4, "a"), nil, record(1, 1, "b")}, "c1  1.1  2 times  b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			newest := Newest{}
			var got string
			for _, value := range test.values {
				line, err := newest.Take([]byte("c1"), value)
				if err != nil {
					t.Fatal(err)
				}
				got = line
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestClustersDoNotMix(t *testing.T) {
	newest := Newest{}
	for _, key := range []string{"c1", "c2"} {
		if line, err := newest.Take([]byte(key), record(1, 1, "a")); err != nil || line == "" {
			t.Errorf("%s: got %q, %v", key, line, err)
		}
	}
	if len(newest) != 2 {
		t.Errorf("kept %d clusters, want 2", len(newest))
	}
}

func TestBytesThatAreNoReportAreAnErrorThatNamesTheCluster(t *testing.T) {
	_, err := Newest{}.Take([]byte("c1"), []byte("{"))
	if err == nil || err.Error() != `report of cluster "c1": unexpected end of JSON input` {
		t.Errorf("got %v", err)
	}
}
