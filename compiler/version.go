package compiler

// Version is the compiler's version. platform.cue pins it: another version could write
// other bytes for the same specs, so it refuses to.
const Version = "v0.1"
