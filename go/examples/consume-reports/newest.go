package main

import (
	"encoding/json"
	"fmt"
)

// Report is the part of a root-cause report (schemas/report.v1.json) that this program prints.
// Unknown fields are ignored: new ones may come with any release.
type Report struct {
	Cluster     string `json:"cluster"`
	Generation  int    `json:"generation"`
	Revision    int    `json:"revision"`
	Occurrences int    `json:"occurrences"`
	Title       string `json:"title"`
}

// Newest keeps the newest report of every cluster, by cluster id.
type Newest map[string]Report

// Take looks at one record of the topic and returns the line to print, empty where the record is old news: a report
// counts when its generation and revision are above those of the one that is kept. A nil value says that the cluster
// is gone: it was merged into another one, or renamed.
func (newest Newest) Take(key, value []byte) (string, error) {
	cluster := string(key)
	if value == nil {
		delete(newest, cluster)
		return cluster + "  gone", nil
	}
	var report Report
	if err := json.Unmarshal(value, &report); err != nil {
		return "", fmt.Errorf("report of cluster %q: %w", cluster, err)
	}
	if known, ok := newest[cluster]; ok && !report.newerThan(known) {
		return "", nil
	}
	newest[cluster] = report
	return fmt.Sprintf("%s  %d.%d  %d times  %s",
		cluster, report.Generation, report.Revision, report.Occurrences, report.Title), nil
}

func (report Report) newerThan(known Report) bool {
	if report.Generation != known.Generation {
		return report.Generation > known.Generation
	}
	return report.Revision > known.Revision
}
