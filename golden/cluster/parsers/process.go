package parsers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"unicode/utf8"
)

// Process is a program that reads files: lines in, lines out, told in node/reader.mjs.
type Process struct {
	Name    string
	Install string     // the command that brings what it needs
	probes  [][]string // commands; the first that succeeds says which program there is
	script  string
}

// Processes are those beside this one. Folders are relative to this package's.
var Processes = []Process{
	{
		Name: "npm", Install: "npm ci --prefix golden/cluster/parsers/node", script: "node/reader.mjs",
		probes: [][]string{{"node", "node/reader.mjs"}}, // with nothing to read, it only loads the parsers
	},
	{
		Name: "PyYAML", Install: "apt-get install python3-yaml", script: "python/reader.py",
		probes: [][]string{{"python3", "-c", "import yaml"}, {"/usr/bin/python3", "-c", "import yaml"}},
	},
}

// Find returns the program that runs p here, or why there is none.
func (p Process) Find(ctx context.Context) (string, error) {
	var errs []error
	for _, probe := range p.probes {
		out, err := exec.CommandContext(ctx, probe[0], probe[1:]...).CombinedOutput()
		if err == nil {
			return probe[0], nil
		}
		errs = append(errs, fmt.Errorf("%s: %w %.200s", probe[0], err, bytes.TrimSpace(out)))
	}
	return "", errors.Join(errs...)
}

// Read reads files with the parsers of p.
func (p Process) Read(ctx context.Context, program string, files ...[]byte) (Readings, error) {
	var in, failed bytes.Buffer
	for i, file := range files {
		if !utf8.Valid(file) {
			return nil, fmt.Errorf("file %d is not UTF-8", i)
		}
		line, err := json.Marshal(string(file))
		if err != nil {
			return nil, err
		}
		in.Write(append(line, '\n'))
	}
	c := exec.CommandContext(ctx, program, p.script)
	c.Stdin, c.Stderr = &in, &failed
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", p.Name, err, failed.Bytes())
	}
	readings := Readings{}
	d := json.NewDecoder(bytes.NewReader(out))
	for i := range files {
		var line map[string]struct {
			Docs  []any
			Error string
		}
		if err := d.Decode(&line); err != nil {
			return nil, fmt.Errorf("%s: what it says of file %d: %w", p.Name, i, err)
		}
		for name, r := range line {
			reading := Reading{Docs: r.Docs}
			if r.Error != "" {
				reading.Err = errors.New(r.Error)
			}
			for k := range reading.Docs {
				reading.Docs[k] = sameNumbers(reading.Docs[k])
			}
			readings[name] = append(readings[name], reading)
		}
	}
	return readings, nil
}

// sameNumbers writes numbers as this program writes them.
func sameNumbers(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = sameNumbers(v[i])
		}
	case map[string]any:
		for key, item := range v {
			if printed, ok := strings.CutPrefix(key, "number:"); ok {
				delete(v, key)
				key = number(printed)
			}
			v[key] = sameNumbers(item)
		}
	case string:
		if printed, ok := strings.CutPrefix(v, "number:"); ok {
			return number(printed)
		}
	}
	return value
}
