package faults

import (
	"slipway.dev/golden/cluster/judge"
	"slipway.dev/golden/cluster/parsers"
)

// Judges are all judges, those that read only the form of files last.
func Judges() []judge.Judge {
	return append(judge.All(), parsers.Judge())
}
