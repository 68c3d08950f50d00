package parsers_test

import "strings"

// traps are strings that some parser of YAML has taken for something else, or has changed,
// each with an ancestor in a bug tracker. They are put into every place of a spec.
var traps = []string{
	// booleans and nulls, of YAML 1.1 and 1.2
	"y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "OFF", "true", "True", "TRUE", "tRuE", "false", "FALSE",
	"~", "null", "Null", "NULL", "nil", "none", "undefined", "",
	// numbers
	"0", "-0", "1", "-1", "+1", "007", "010", "08", "0o7", "0O7", "0x1F", "0xdeadbeef", "0b101", "1_000", "1,000", "1e3", "1E5", "12345e6", "553640e6", "0e12", "1e400",
	"1.0", "1.", ".5", "-.5", "+.5", ".", "..", "0.1.2", "1.2.3", "20230921.12345678", "190:20:30", "1:30", "12:30:45", "1:30.5",
	"9007199254740993", "18446744073709551616", "123456789012345678901234567890",
	".inf", ".Inf", "-.inf", "+.INF", ".nan", ".NaN", "nan", "NaN", "inf", "Infinity", "-Infinity", "-inf", "1e", "e1", "e1234567", "E-7", "e+7", "-e9", "deadbee", "1234567", "0e54321",
	"500m", "512Mi", "1h30m0s", "25%", "10k", "1G", "30d",
	// dates and times
	"2026-01-01", "2026-01-01T09:30:00Z", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43", "12-12-12",
	// what has a meaning of its own in YAML
	"=", "<<", "<<:", "-", "--", "---", "--- a", "...", "- x", "-x", "--a=b", "?", "? x", "?x", ":", ": x", ":x", "x:", "x: y", "x :y", "x:y", "x::y",
	"#", "# x", "#x", "x #y", "x#y", "@x", "`x`", "%x", "%YAML 1.2", "!x", "!!int 3", "!!binary aGk=", "&a", "*a", "|", ">", "|-", ">x", "[", "]", "{", "}", "[x]", "{x: y}", "x,y", ",",
	"- - -", "<<<<<<< HEAD", "=======",
	// what has a meaning to templates, shells, Kubernetes and Tekton
	"{{x}}", "{{ .Values.x }}", "$(x)", "$$(x)", "$(params.x)", "${X}", "$(", "$", "$x", "$$",
	// quotes and escapes
	"'", "''", `"`, `""`, "'x'", `"x"`, "it's", `x"y`, `\`, `\n`, `x\ny`, `{"a":"b\n"}`, `{"a":"it's"}`, `^v\d+$`,
	// space, tabs and line ends
	" ", "  ", " x", "x ", "x  y", "\t", "\tx", "x\t", "x\ty", "\n", "\n\n", "\nx", "x\n", "x\n\n", "x\n\n\ny", " x\ny", "\tx\ny", "x\n y\n\tz\n  \n", "x\r\ny", "x\ry", "\r", "x \ny \n", "  \nx\n",
	"x\n---\ny", "x\n...\ny", "x\n# y\n", "key: |\n  x\n", "#!/bin/sh\nset -eu\nif true; then\n\techo \"$1: done\"\nfi\n", "%x\ny", "# x\ny", "- x\n- y\n", "x\n\t\n", "x\ny\n ",
	// characters that are not seen, or not everywhere
	"x\u0085y", "\u0085", "x\u2028y", "x\u2029y\nz", "\ufeff", "\ufeffx", "x\ufeffy", "\u00a0x\u00a0", "\u00ad", "\u200b", "\u200fx\u202ey", "\u2066x\u2069", "\ue000", "\ufffd", "\ufffe", "\U0001f600", "👩‍👩‍👧", "\U000e0001", "\U0010ffff",
	"é", "e\u0301", "\u0301", "日本", "é\nü\n", "x\u0085y\nz", "שלום", "İ",
	"\x01", "\x07", "\x08", "\x0b", "\x0c", "\x1b[31mx", "\x7f", "\u0080", "\u009f", "x\x1by\nz",
	// long ones
	strings.Repeat("x", 3000), strings.Repeat("word ", 500), strings.Repeat("é", 1100), strings.Repeat("\u2028", 300), strings.Repeat("line\n", 200),
	// what fits where letters, digits and dashes are asked for
	"on-", "null-x", "x--y", "a.b", "no.", "-_-", "_", "__", "1-2", "0x", "0b", "e-1", "1e-3", "1.e3", "y.n", "true.false", "/healthz", "/", "a/b", "./a", "$(A_B)",
}

// special are strings for places whose form allows hardly any of the traps, by the place's
// name in testdata.
var special = map[string][]string{
	"Record.Commit": {
		"1234567", "12345e6", "0123456", "0e54321", "e123456", "1e123456", "553640e6", "0000000", "deadbee", "00000000e00",
		"1234567890123456789012345678901234567890", "1234567890e234567890123456789012345678900", "0e00000000000000000000000000000000000000",
		"e000000000000000000000000000000000000000", "12345e6789012345678901234567890123456789012345678901234567890123",
	},
	"Record.Version":        {"1.0", "1e3", "0x1F", "2026.01.01", "1_000"},
	"Security.Capabilities": {"Y", "N", "NO", "ON", "OFF", "YES", "TRUE", "NULL", "E"},
	"quantity":              {"0", "1", "2", "07", "010", "0.5", "1.0", "1.50", "1000", "1k", "1e3", "0x1F", "12345678901", "1024Ki", "100M"},
	"CIDR":                  {"0.0.0.0/0", "::/0", "::1/128", "1e3::/64", "12:30::/32", "10.0.0.0/8", "fd00::/8"},
}
