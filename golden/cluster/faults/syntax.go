package faults

import "strings"

// syntax breaks the YAML itself, so that parsers refuse it or read another value.
func syntax() []row {
	const (
		answer = "          value: \"no\"\n"
		commit = "value: \"12345e6\""
		mode   = "value: \"0777\""
	)
	value := func(name, to string) row {
		return row{usual, "a variable's value is " + name, raw(shop, mode, "value: "+to)}
	}
	appended := func(file, text string) Edit {
		return func(files map[string][]byte) error {
			files[file] = append(files[file][:len(files[file]):len(files[file])], text...)
			return nil
		}
	}
	crlf := func(files map[string][]byte) error {
		files[shop] = []byte(strings.ReplaceAll(string(files[shop]), "\n", "\r\n"))
		return nil
	}
	ahead := func(file, text string) Edit {
		return func(files map[string][]byte) error {
			files[file] = append([]byte(text), files[file]...)
			return nil
		}
	}
	return []row{
		{worst, "a no without quotes", raw(shop, answer, "          value: no\n")},
		{worst, "a commit without quotes that looks like a number", raw(shop, commit, "value: 12345e6")},
		{usual, "a mode without quotes that looks octal", raw(shop, mode, "value: 0777")},
		value("a plain yes", "yes"), value("a plain on", "on"), value("a plain off", "off"), value("a plain y", "y"),
		value("a plain true", "true"), value("a plain null", "null"), value("a tilde", "~"), value("nothing", ""),
		value("a date without quotes", "2026-03-12"), value("a time of day without quotes", "12:30:45"),
		value("a plain equal sign", "="), value("a number with underscores", "1_000"), value("a plain 1e3", "1e3"),
		value("a number too large for any parser", "1e400"), value("a plain octal of YAML 1.2", "0o17"), value("a plain binary", "0b11"),
		value("a plain hexadecimal", "0x1F"), value("a plain infinity", ".inf"), value("a plain not-a-number", ".nan"),
		value("a plain merge sign", "<<"), value("a plain fraction", "1.10"), value("a plain 012", "012"), value("a tagged text", "!!str 0777"),
		value("bytes", "!!binary aGVsbG8="), value("of an unknown type", "!thing 0777"), value("a text that does not end", "\"0777"),
		value("a text with a colon and no quotes", "a: b"), value("a text with a comment sign", "a #b"), value("an at sign without quotes", "@home"),
		value("a backtick without quotes", "`a`"), value("a percent sign without quotes", "%a"), value("a plain list", "[a"), value("a plain map", "{a: b}"),
		value("an escape that there is not", "\"\\q\""), value("an anchor", "&mode \"0777\""), value("an alias of nothing", "*mode"),
		{usual, "an alias of an anchor", both(raw(shop, commit, "value: &c \"12345e6\""), raw(shop, mode, "value: *c"))},
		{usual, "a merge of a map", raw(shop, "        - name: MODE\n", "        - <<: {name: MODE}\n")},
		{usual, "a line is indented with a tab", raw(shop, "      - name: shop\n        image:", "      - name: shop\n\timage:")},
		{usual, "a tab stands behind a colon", raw(shop, mode, "value:\t\"0777\"")},
		{usual, "a line is indented by one blank too many", raw(shop, "        image: registry.invalid/shop\n        command:\n        - /shop\n        args", "         image: registry.invalid/shop\n        command:\n        - /shop\n        args")},
		{usual, "a line is indented by one blank too few", raw(shop, "        args:\n", "       args:\n")},
		{worst, "a key is there twice", raw(shop, "      serviceAccountName: shop\n", "      serviceAccountName: shop\n      serviceAccountName: admin\n")},
		{usual, "a key of a config set is there twice", appended(settings, "  place: mars\n")},
		{usual, "a file holds the marks of a conflict", raw(shop, "spec:\n", "<<<<<<< HEAD\nspec:\n=======\n>>>>>>> main\n")},
		{usual, "a file ends in the middle", func(files map[string][]byte) error {
			files[shop] = files[shop][:len(files[shop])/2]
			return nil
		}},
		{usual, "a file is empty", func(files map[string][]byte) error { files[shop] = nil; return nil }},
		{usual, "a file is only its comment", raw(service, "apiVersion", "# apiVersion")},
		{usual, "a file begins with a byte order mark", ahead(shop, "\ufeff")},
		{usual, "a file has a byte that is no text", raw(shop, commit, "value: \"\xff\"")},
		{usual, "a file has a NUL", raw(shop, commit, "value: \"a\x00b\"")},
		{usual, "a file has a character that nobody sees", raw(shop, commit, "value: \"a\u200bb\"")},
		{usual, "a file has a character that turns text around", raw(shop, commit, "value: \"a\u202eb\"")},
		{usual, "a file has a character that ends lines elsewhere", raw(shop, commit, "value: \"a\u2028b\"")},
		{usual, "a file has lines that end as on Windows", crlf},
		{usual, "a file says its YAML version", ahead(shop, "%YAML 1.1\n---\n")},
		{usual, "a document names no kind", raw(service, "kind: Service\n", "")},
		{usual, "a document names no version", raw(service, "apiVersion: v1\n", "")},
		{usual, "a document is a list", appended(owner, "---\n- a\n- b\n")},
		{usual, "a document is a text", appended(owner, "---\nhello\n")},
		{usual, "two documents run together", raw(owner, "\n---\n", "\n")},
		{usual, "a document of an unknown kind is among the others", appended(owner, "---\napiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n")},
		{usual, "a key is a number", raw(settings, "  place: world\n", "  1: world\n")},
		{usual, "a key is a plain yes", raw(settings, "  place: world\n", "  yes: world\n")},
		{usual, "a key is a list", raw(settings, "  place: world\n", "  ? [a]\n  : world\n")},
		{usual, "a block of text has a wrong mark", raw(settings, "greeting.txt: |\n", "greeting.txt: |~\n")},
		{usual, "a digest without quotes looks like a time", raw("services/shop/overlays/prod/release/kustomization.yaml", "app.kubernetes.io/version: \"1.4.0\"", "app.kubernetes.io/version: 1:40")},
		{usual, "a version without quotes is a number", raw("services/shop/overlays/prod/release/kustomization.yaml", "app.kubernetes.io/version: \"1.4.0\"", "app.kubernetes.io/version: 1.40")},
		{usual, "a commit without quotes is a number in a label", raw("services/shop/overlays/prod/release/kustomization.yaml", "slipway.dev/commit: \"0123456789abcdef0123456789abcdef01234567\"", "slipway.dev/commit: 0123456")},
		{usual, "a label without quotes is a bool", raw(shop, "consumes.slipway.dev/store: \"true\"", "consumes.slipway.dev/store: true")},
		{usual, "a switch without quotes in Tekton's flags", raw(tektonFlags, "set-security-context: \"true\"", "set-security-context: yes")},
		{usual, "a star without quotes in a project", raw(team, "  - https://git.small.example/platform/fleet\n", "  - *\n")},
	}
}
