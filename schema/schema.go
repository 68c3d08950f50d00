// Package schema says what a Slipway fleet may say: the CUE files that are the schema
// (and that `slipway init` hands to editors), the built-in defaults, and the Go types that
// specs decode into. It holds no logic.
package schema

import "embed"

// CUE is the schema's CUE files, the very tree that a user can vendor.
//
//go:embed service.cue platform.cue release.cue
var CUE embed.FS

// Defaults is the lowest layer, a value of #Fields.
//
//go:embed defaults.cue
var Defaults []byte

// ImportPath is what specs import.
const ImportPath = "slipway.dev/schema"
