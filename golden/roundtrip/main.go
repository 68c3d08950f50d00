// Command roundtrip imports real systems, compiles what came out, builds it with kustomize
// and compares the result leaf by leaf with what went in. See docs/import.md.
//
//	go run ./golden/roundtrip CASES
//
// CASES holds a folder for each system; in it reference/VARIANT.yaml is the whole system,
// rendered. Variants that are called like environments are imported together, others alone.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	verbose := flag.Bool("v", false, "print every leaf that was lost or added, and what would restart")
	keep := flag.String("keep", "", "write the fleets that were made below this folder")
	flag.Parse()
	dir := "../shared/cases"
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	if _, err := os.Stat(dir); err != nil && flag.NArg() == 0 {
		fmt.Println("no cases: make roundtrip CASES=DIR")
		return
	}
	systems, err := find(os.DirFS(dir))
	if err == nil && len(systems) == 0 {
		err = fmt.Errorf("%s holds no system with reference/*.yaml", dir)
	}
	var rows []row
	whole := true
	for _, s := range systems {
		if err != nil {
			break
		}
		var m *measured
		if m, err = measure(s); err == nil {
			rows = append(rows, m.rows...)
			whole = whole && !m.refused()
			m.print(os.Stdout, *verbose)
			if *keep != "" {
				err = m.write(*keep)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !total(os.Stdout, rows) || !whole {
		os.Exit(1)
	}
}
